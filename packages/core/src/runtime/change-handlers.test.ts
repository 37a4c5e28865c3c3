import { describe, expect, it } from 'vitest'
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
  let asked = 0
  const request = (wanted: ClusterRequest): Promise<ClusterReply> => {
    const id = `r${++asked}`
    node.tell({ type: 'request', id, request: wanted })
    cluster.until(() => node.of('reply').some((effect) => effect.id === id))
    cluster.run(300)
    const reply = node.of('reply').find((effect) => effect.id === id)?.reply
    return reply === undefined ? Promise.reject(new Error('no reply')) : Promise.resolve(reply)
  }
  const handlers = changeHandlers({ clusterState: () => node.state(), engineStatus: () => node.status(), request })
  return { cluster, node, handlers, version: () => node.status().configuration.version }
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

  it('of another cluster, or with a mistake, is refused by its name and place', async () => {
    const { handlers } = settled()
    expect(await handlers.plan({ cluster: text('bank', ['a', 'b', 'c']) })).toMatchObject({ code: 'OTHER_CLUSTER' })
    const wrong = await handlers.plan({ cluster: 'cluster: shop\nnods: {}\n', file: 'my.yaml' })
    expect(wrong).toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining('my.yaml:2:1'), fix: 'correct my.yaml' })
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
