import { describe, expect, it } from 'vitest'
import type { RequestMessage } from '../model/index.ts'
import { HandDriven, specOf } from '../testing/hand-driven/cluster.ts'

/** Three nodes; a coordinates and has the group. */
function settled(): HandDriven {
  const cluster = new HandDriven(specOf('abc'))
  cluster.start()
  expect([cluster.settle(), cluster.coordinator()]).toEqual(['a', 'a'])
  return cluster
}

const asks = (cluster: HandDriven, at: string, to?: string): void => {
  cluster.node(at).tell({ type: 'request', id: 'r', request: { type: 'switchover', group: 'g', ...(to === undefined ? {} : { to }) } })
}

/** The wish as it was forwarded to the coordinator. */
function requestIn(cluster: HandDriven): RequestMessage {
  const request = cluster.sent.map(({ message }) => message).find((message): message is RequestMessage => message.type === 'request')
  if (request === undefined) throw new Error('the wish was not forwarded')
  return request
}

describe('the answer to a planned move', () => {
  it('is no yes about a holder that has not been heard for long', () => {
    const cluster = settled()
    for (const id of ['b', 'c']) cluster.node(id).tell({ type: 'fitness', group: 'g', fitness: { level: 'unfit', reasons: ['a test'] } })
    cluster.node('a').crash()
    cluster.run(10_000)
    const coordinator = cluster.coordinator() ?? ''
    expect(cluster.node(coordinator).status().groups[0]).toMatchObject({ holder: 'a', state: 'active' })
    asks(cluster, coordinator, 'a')
    const { reply } = cluster.node(coordinator).of('reply').at(-1) ?? {}
    expect(reply).toMatchObject({ ok: false, code: 'unfit', message: expect.stringContaining('it is not heard') })
  })

  it('is no yes by a coordinator that was frozen and has the group itself', () => {
    const cluster = settled()
    const frozen = cluster.node('a')
    cluster.nodes.delete('a')
    cluster.until(() => cluster.serving() !== '')
    cluster.nodes.set('a', frozen)
    asks(cluster, 'a', 'a')
    expect(frozen.of('reply').at(-1)?.reply).toMatchObject({ ok: false, code: 'unfit' })
  })

  it('is a no when the group ends up elsewhere than was asked for, be it where it was before', () => {
    const cluster = settled()
    cluster.node('b').runs = false
    cluster.switchover('b')
    cluster.until(() => cluster.serving() === 'b')
    cluster.node('b').crash()
    cluster.until(() => cluster.serving() === 'a')
    cluster.run(300)
    expect(cluster.node('a').of('reply')).toMatchObject([
      { id: 'to-b', reply: { ok: false, message: expect.stringContaining('went to a') } },
    ])
  })

  it('is that of one move: a wish that is heard again, even after its move has ended, moves nothing', () => {
    const cluster = settled()
    asks(cluster, 'c')
    cluster.until(() => cluster.node('c').of('reply').length > 0)
    expect(cluster.serving()).toBe('b')
    cluster.node('a').hear(requestIn(cluster))
    cluster.run(1000)
    expect(cluster.serving()).toBe('b')
  })

  it('is given by a coordinator that stops in the middle of the move', () => {
    const cluster = new HandDriven(specOf('a', { outsiders: 'b' }))
    cluster.start()
    cluster.settle()
    cluster.node('b').runs = false
    asks(cluster, 'a', 'b')
    cluster.until(() => cluster.serving() === 'b')
    cluster.node('a').tell({ type: 'stop' })
    expect(cluster.node('a').of('stopped').length).toBe(1)
    expect(cluster.node('a').of('reply')).toMatchObject([{ id: 'r', reply: { ok: false, code: 'no-quorum' } }])
  })

  it('is given once, by the end of the move, although the wish was heard twice', () => {
    const cluster = settled()
    cluster.node('b').runs = false
    asks(cluster, 'c', 'b')
    cluster.until(() => cluster.serving() === 'b')
    cluster.node('a').hear(requestIn(cluster))
    cluster.run(300)
    expect(cluster.node('c').of('reply')).toEqual([])
    const epoch = cluster.node('b').servedEpoch('g') ?? 0
    cluster.node('b').tell({ type: 'holding', group: 'g', epoch, state: 'active' })
    cluster.run(300)
    expect(cluster.node('c').of('reply')).toMatchObject([{ id: 'r', reply: { ok: true, to: 'b', epoch } }])
  })
})
