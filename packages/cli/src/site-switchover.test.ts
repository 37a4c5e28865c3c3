import { describe, expect, it } from 'vitest'
import { clusterAnswer, statusAnswer } from './testing/answers.ts'
import { moveToSite, rehearseSite } from './site-switchover.ts'
import type { Told } from './site-switchover.ts'

const SITES = { p1: 'paris', i1: 'ireland', i2: 'ireland', w: 'office' }
const [sampleGroup] = clusterAnswer().cluster.groups
const [sampleKnown] = statusAnswer().engine.groups
const [sampleMember] = clusterAnswer().cluster.nodes
const [sampleNode] = statusAnswer().engine.nodes
if (!sampleGroup || !sampleKnown || !sampleMember || !sampleNode) throw new Error('the samples have lost what is looked at')

interface GroupShape {
  readonly holder?: string
  readonly nodes?: readonly string[]
  readonly unfit?: readonly string[]
  readonly together?: readonly string[]
  /** The first orders for it are refused with these codes. */
  readonly refusals?: readonly string[]
}

/** A daemon of a cluster with these groups, which moves what it is told to. */
function clientOf(shapes: Readonly<Record<string, GroupShape>>, paused: readonly string[] = []) {
  const holders = new Map(Object.entries(shapes).map(([id, { holder = 'p1' }]) => [id, holder]))
  const refusals = new Map(Object.entries(shapes).map(([id, { refusals: codes = [] }]) => [id, [...codes]]))
  const nodesOf = ({ nodes = ['p1', 'i1', 'i2'] }: GroupShape): readonly string[] => nodes
  const orders: string[] = []
  const cluster = () =>
    clusterAnswer({
      nodes: Object.entries(SITES).map(([id, site]) => ({ ...sampleMember!, id, site, witness: id === 'w' })),
      groups: Object.entries(shapes).map(([id, shape]) => ({
        ...sampleGroup!,
        id,
        nodes: nodesOf(shape),
        ...(shape.together === undefined ? {} : { placement: { together: shape.together } }),
      })),
    })
  const status = () =>
    statusAnswer({
      voters: ['p1', 'i1', 'w'],
      nodes: Object.entries(SITES).map(([id, site]) => ({ ...sampleNode!, id, site, witness: id === 'w' })),
      coordinator: 'w',
      node: 'w',
      quorum: true,
      maintenance: { drained: {}, paused: Object.fromEntries(paused.map((id) => [id, { at: '', by: '', what: '' }])), pausedAll: null },
      groups: Object.entries(shapes).map(([id, shape]) => ({
        ...sampleKnown!,
        id,
        holder: holders.get(id) ?? null,
        candidates: nodesOf(shape).map((node) => ({
          node,
          fitness: shape.unfit?.includes(node) ? { level: 'unfit' as const, reasons: ['no link'] } : { level: 'fit' as const, reasons: [] },
        })),
      })),
    })
  const client: Parameters<typeof moveToSite>[0] = {
    status: () => Promise.resolve(status()),
    cluster: () => Promise.resolve(cluster()),
    moves: () => Promise.reject(new Error('nobody remembers')),
    switchover: (group, to = '') => {
      const code = refusals.get(group)?.shift()
      orders.push(`${group} ${to}`)
      if (code !== undefined)
        return Promise.resolve({ schemaVersion: 1, tookMs: 1, reply: { ok: false, code, message: `it is ${code}` } } as never)
      const from = holders.get(group) ?? null
      holders.set(group, to)
      return Promise.resolve({ schemaVersion: 1, tookMs: 1, reply: { ok: true, group, from, to, epoch: 9 } } as never)
    },
  }
  return { client, orders }
}

const nobody: Told = { onArrived: () => undefined, onLeft: () => undefined }

describe('everything is moved to a site', () => {
  it('one group after the other, each to the best of its nodes there', async () => {
    const { client, orders } = clientOf({ web: {}, mail: { nodes: ['p1', 'i2', 'i1'] }, db: { unfit: ['i1'] } })
    const result = await moveToSite(client, 'ireland', nobody)
    expect(orders).toEqual(['web i1', 'mail i2', 'db i2'])
    expect(result).toMatchObject({
      site: 'ireland',
      moved: [{ group: 'web', from: 'p1', to: 'i1', epoch: 9, phases: null }, {}, {}],
      left: [],
      failed: null,
    })
  })

  it('with those first that others go with', async () => {
    const { client } = clientOf({ web: { together: ['db'] }, db: {} })
    const { moved } = await rehearseSite(client, 'ireland')
    expect(moved.map(({ group, to }) => `${group} ${to}`)).toEqual(['db i1', 'web i1'])
  })

  it.each([
    ['it is there', { web: { holder: 'i2' } }, [], 'it is there: i2 holds it'],
    ['it has no node there', { web: { nodes: ['p1'] } }, [], 'none of its nodes is at ireland'],
    ['none of its nodes there is fit', { web: { unfit: ['i1', 'i2'] } }, [], 'i1: no link; i2: no link'],
    ['it is paused', { web: {} }, ['web'], 'it is paused'],
  ])('but a group of which %s is left alone, and that is told', async (_, shapes, paused, why) => {
    const { client, orders } = clientOf(shapes, paused)
    expect(await moveToSite(client, 'ireland', nobody)).toMatchObject({ moved: [], left: [{ group: 'web', why }], failed: null })
    expect(orders).toEqual([])
  })

  it('and a group that is on its way already is waited for', async () => {
    const { client, orders } = clientOf({ web: { refusals: ['busy', 'busy'] } })
    expect(await moveToSite(client, 'ireland', nobody)).toMatchObject({ moved: [{ group: 'web' }], failed: null })
    expect(orders).toEqual(['web i1', 'web i1', 'web i1'])
  })

  it('until one cannot be moved: what comes after it is not tried, and the same order goes on from there', async () => {
    const { client, orders } = clientOf({ web: {}, mail: { refusals: ['no-quorum'] }, db: {} })
    const failed = { group: 'mail', code: 'no-quorum', why: 'it is no-quorum' }
    expect(await moveToSite(client, 'ireland', nobody)).toMatchObject({ moved: [{ group: 'web' }], failed })
    expect(orders).toEqual(['web i1', 'mail i1'])
    const again = await moveToSite(client, 'ireland', nobody)
    expect(again).toMatchObject({ moved: [{ group: 'mail' }, { group: 'db' }], left: [{ group: 'web' }], failed: null })
  })

  it('unless there is no such site: those that there are are named', async () => {
    const { client } = clientOf({ web: {} })
    await expect(moveToSite(client, 'irland', nobody)).rejects.toMatchObject({
      failure: { code: 'unknown-site', fix: 'write one of paris, ireland, office' },
    })
  })
})
