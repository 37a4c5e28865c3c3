import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { ChangeHandlers, Target } from '../api/change-routes.ts'
import type { ClusterReply, ClusterRequest } from '../model/index.ts'
import { HandDriven, specOf } from '../testing/hand-driven/cluster.ts'
import { changeHandlers } from './change-handlers.ts'

const text = (name: string, voters: readonly string[]): string =>
  [
    `cluster: ${name}`,
    'nodes:',
    ...voters.map((id, index) => `  ${id}: { site: here, address: 10.0.0.${index + 1} }`),
    'groups: {}',
    '',
  ].join('\n')

/** The handlers of one node of a real cluster, which goes on only while something is asked of it. */
function settled(at = 'c') {
  const cluster = new HandDriven({ ...specOf('abc'), name: 'shop' })
  cluster.start()
  cluster.settle()
  const node = cluster.node(at)
  return { cluster, node, handlers: changesAt(cluster, at), version: () => node.status().configuration.version }
}

function changesAt(cluster: HandDriven, at: string): ChangeHandlers {
  const node = cluster.node(at)
  let asked = 0
  const request = (wanted: ClusterRequest): Promise<ClusterReply> => {
    const id = `r${++asked}`
    node.tell({ type: 'request', id, request: wanted })
    cluster.until(() => node.of('reply').some((effect) => effect.id === id))
    cluster.run(300)
    const reply = node.of('reply').find((effect) => effect.id === id)?.reply
    return reply === undefined ? Promise.reject(new Error('no reply')) : Promise.resolve(reply)
  }
  return changeHandlers({ clusterState: () => node.state(), engineStatus: () => node.status(), request }, { lan: 'lo' })
}

describe('a change of the configuration', () => {
  it('is planned from the text of a file and changes nothing', async () => {
    const { handlers, version } = settled()
    const before = version()
    const answer = await handlers.plan({ cluster: text('shop', ['a', 'b', 'c']) })
    expect(answer).toMatchObject({ plan: { version: before, groups: [{ group: 'g', effect: 'removed', holder: 'a' }], refused: [] } })
    expect(version()).toBe(before)
  })

  it('is made one step at a time, each from the version before, with who asked and what it was in the history', async () => {
    const { handlers, version, cluster } = settled()
    cluster.run(3000)
    const target = { cluster: text('shop', ['a', 'b', 'c', 'd', 'e']) }
    const first = await handlers.apply({ target, version: version(), by: 'ann' })
    expect(first).toMatchObject({ step: 'everything that changes no vote', remaining: 2 })
    expect(await handlers.apply({ target, version: 1, by: 'ann' })).toMatchObject({ code: 'outdated' })
    expect(await handlers.apply({ target, version: version(), by: 'ann' })).toMatchObject({ code: 'not-now' })
    const { configurations } = handlers.history()
    expect(configurations.at(-1)).toMatchObject({
      version: version(),
      note: { by: 'ann at c', what: expect.stringContaining('nodes.d added') },
    })
  })

  it('to what is in force already is no change', async () => {
    const { handlers, version } = settled()
    const before = version()
    expect(await handlers.apply({ target: { version: before }, version: before, by: 'ann' })).toEqual({
      version: before,
      step: null,
      remaining: 0,
    })
  })

  it('goes back to any version that is remembered, and names those where it is not', async () => {
    const { handlers, version, node } = settled()
    const first = version()
    const spec = node.state().spec
    await handlers.apply({ target: { cluster: text('shop', ['a', 'b', 'c']) }, version: first, by: 'ann' })
    expect(node.state().spec.groups).toEqual([])
    const back = await handlers.apply({ target: { version: first }, version: version(), by: 'ann' })
    expect(back).toMatchObject({ remaining: 0 })
    expect(node.state().spec).toEqual(spec)
    expect(handlers.history().configurations.at(-1)?.note?.what).toBe(`back to version ${first}`)
    const unknown = await handlers.plan({ version: 77 })
    expect(unknown).toMatchObject({ code: 'unknown-version', message: expect.stringContaining(`these are: ${first}, `) })
  })

  it('goes back to the oldest version in several steps, though each step makes the cluster forget one', async () => {
    const { handlers, version, node, cluster } = settled()
    cluster.run(3000)
    const step = async (target: Target): Promise<object> => {
      const answer = await handlers.apply({ target, version: version(), by: 'ann' })
      cluster.run(3000)
      return answer
    }
    const drifting = (voters: string, ppm: number): Target => ({
      cluster: `${text('shop', voters.split(''))}timing: { driftPpmMax: ${ppm} }\n`,
    })
    await step(drifting('abc', 1))
    const target = { version: version() }
    const wanted = node.state().spec
    for (const ppm of [2, 2]) await step(drifting('abcd', ppm))
    for (let ppm = 3; handlers.history().configurations[0]?.version !== target.version; ppm += 1) await step(drifting('abcd', ppm))
    expect(await step(target)).toMatchObject({ remaining: 1 })
    expect(handlers.history().configurations.some((known) => known.version === target.version)).toBe(false)
    expect(await step(target)).toMatchObject({ remaining: 0 })
    expect(node.state().spec).toEqual(wanted)
  })

  it('of another cluster, or with a mistake, is refused by its name and place', async () => {
    const { handlers } = settled()
    expect(await handlers.plan({ cluster: text('bank', ['a', 'b', 'c']) })).toMatchObject({ code: 'OTHER_CLUSTER' })
    const wrong = await handlers.plan({ cluster: 'cluster: shop\nnods: {}\n', file: 'my.yaml' })
    expect(wrong).toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining('my.yaml:2:1'), fix: 'correct my.yaml' })
  })
})

describe('the programs of a group', () => {
  const withHook = (nodes: string, run = '/bin/true'): string =>
    text('shop', ['a', 'b', 'c']).replace(
      'groups: {}',
      `groups:\n  web:\n    nodes: [${nodes}]\n    endpoints: [{ backend: arp, address: 10.0.0.50/24, interface: lan }]\n    hooks: [{ on: active, run: [${run}] }]`,
    )

  it('are looked for on a node that may hold it: another one says whom to ask, and takes nothing unseen', async () => {
    const { handlers, version } = settled()
    const target = { cluster: withHook('a, b') }
    const why = 'c cannot see whether the programs of web are where they are to run: do this at a or b'
    expect(await handlers.plan(target)).toMatchObject({ plan: { refused: [why] } })
    const before = version()
    expect(await handlers.apply({ target, version: before, by: 'ann' })).toMatchObject({ code: 'ask-elsewhere', message: why })
    expect(version()).toBe(before)
    const there = settled('b')
    expect(await there.handlers.apply({ target, version: there.version(), by: 'ann' })).toMatchObject({ remaining: 0 })
  })

  it('keep nobody from changing the rest, nor anything while no node that may hold it is heard', async () => {
    const { handlers, version, cluster } = settled('a')
    await handlers.apply({ target: { cluster: withHook('a') }, version: version(), by: 'ann' })
    const at = changesAt(cluster, 'c')
    const other = withHook('a').replace('10.0.0.50', '10.0.0.51')
    expect(await at.plan({ cluster: other })).toMatchObject({ plan: { refused: [] } })
    const hook = { cluster: withHook('a', '/bin/false') }
    expect(await at.plan(hook)).toMatchObject({ plan: { refused: [expect.stringContaining('do this at a')] } })
    cluster.node('a').crash()
    cluster.run(3000)
    expect(await at.plan(hook)).toMatchObject({ plan: { refused: [] } })
  })

  it('are looked for again when an earlier configuration is wanted', async () => {
    const { handlers, version, folder } = { ...settled('b'), folder: mkdtempSync(join(tmpdir(), 'movip-')) }
    const hook = join(folder, 'hook')
    writeFileSync(hook, '#!/bin/sh\n', { mode: 0o755 })
    await handlers.apply({ target: { cluster: withHook('a, b', hook) }, version: version(), by: 'ann' })
    const first = version()
    await handlers.apply({ target: { cluster: text('shop', ['a', 'b', 'c']) }, version: first, by: 'ann' })
    rmSync(folder, { recursive: true })
    const message = `version ${first}: groups.web.hooks[0].run: ${hook} is not there, or not executable`
    const refused = { code: 'CONFIG_INVALID', message: expect.stringContaining(message) }
    expect(await handlers.plan({ version: first })).toMatchObject(refused)
    expect(await handlers.apply({ target: { version: first }, version: version(), by: 'ann' })).toMatchObject(refused)
  })
})

describe('an order of an operator', () => {
  it('names nodes or sites, and a site stands for its nodes', async () => {
    const { handlers, node } = settled()
    expect(await handlers.maintain({ action: 'drain', nodes: ['a'], by: 'ann' })).toMatchObject({ nodes: ['a'] })
    expect(Object.keys(node.state().maintenance?.drained ?? {})).toEqual(['a'])
    expect(await handlers.maintain({ action: 'resume', nodes: ['here'], by: 'ann' })).toMatchObject({ nodes: ['a', 'b', 'c'] })
    expect(node.state().maintenance).toBeUndefined()
    const unknown = await handlers.maintain({ action: 'drain', nodes: ['nowhere'], by: 'ann' })
    expect(unknown).toMatchObject({ code: 'unknown-node', message: expect.stringContaining('there is a, here, b, c') })
  })

  it('that would leave a group without a fit node says how to insist', async () => {
    const { handlers } = settled()
    const refused = await handlers.maintain({ action: 'drain', nodes: ['here'], by: 'ann' })
    expect(refused).toMatchObject({ code: 'last-fit', fix: expect.stringContaining('--force') })
    expect(await handlers.maintain({ action: 'drain', nodes: ['here'], force: true, by: 'ann' })).toMatchObject({ nodes: ['a', 'b', 'c'] })
  })

  it('to pause is about one group or all of them', async () => {
    const { handlers, node } = settled()
    await handlers.maintain({ action: 'pause', group: 'g', by: 'ann' })
    await handlers.maintain({ action: 'pause', group: null, by: 'bob' })
    expect(node.state().maintenance).toMatchObject({ paused: { g: { by: 'ann at c', what: 'pause g' } }, pausedAll: { by: 'bob at c' } })
    expect(await handlers.maintain({ action: 'pause', group: 'x', by: 'ann' })).toMatchObject({ code: 'unknown-group' })
  })
})
