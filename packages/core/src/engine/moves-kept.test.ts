import { describe, expect, it } from 'vitest'
import { MOVES_MAX, applyEntry, bootstrapStored } from './apply.ts'
import type { ClusterState, Entry, NodeId } from '../model/index.ts'
import { HandDriven, specOf } from '../testing/hand-driven/cluster.ts'

const WALL = 1_800_000_000_000

function assign(index: number, node: NodeId | null): Entry {
  return { index, term: 1, body: { type: 'assign', group: 'g', node, cause: `because ${index}`, at: index } }
}

describe('the moves that are looked back on', () => {
  it('are the same on every node, also on one that was away, with the time by which the coordinator decided', () => {
    const world = new HandDriven(specOf('abc'))
    world.start()
    for (const node of world.nodes.values()) node.tell({ type: 'wall-clock', aheadMs: WALL })
    world.settle()
    world.switchover('b')
    world.until(() => world.serving() === 'b')
    world.node('c').crash()
    const decidedAt = world.now
    world.switchover('a')
    world.until(() => world.serving() === 'a')
    world.node('c').start()
    world.run(3000)
    const moves = world.node('a').state().moves
    expect(moves?.map(({ from, to, cause }) => [from, to, cause])).toEqual([
      [null, 'a', 'nobody holds it'],
      ['a', 'b', 'moved from a by request'],
      ['b', 'a', 'moved from b by request'],
    ])
    expect(moves?.at(-1)?.at).toBeGreaterThanOrEqual(WALL + decidedAt)
    expect(moves?.at(-1)?.at).toBeLessThan(WALL + decidedAt + 1000)
    expect(world.node('b').state().moves).toEqual(moves)
    expect(world.node('c').state().moves).toEqual(moves)
  })

  it('tell how long it took to notice that the holder was gone, and then until it was free', () => {
    const world = new HandDriven(specOf('abc'))
    world.start()
    for (const node of world.nodes.values()) node.tell({ type: 'wall-clock', aheadMs: WALL })
    const holder = world.settle()
    world.node(holder).crash()
    world.until(() => world.serving() !== '')
    const [survivor = ''] = world.serving()
    const failover = world.node(survivor).state().moves?.at(-1)
    expect(failover).toMatchObject({ from: holder, cause: `${holder} is not heard` })
    const { detectMs = 0, decideMs = 0 } = failover?.phases ?? {}
    expect(detectMs).toBeGreaterThanOrEqual(1000)
    expect(detectMs + decideMs).toBeLessThan(3000)
    world.node(holder).start()
    world.run(3000)
    expect(world.node(holder).state().moves).toEqual(world.node(survivor).state().moves)
    world.switchover(holder)
    world.until(() => world.serving() === holder)
    expect(world.node(holder).state().moves?.at(-1)?.phases).toMatchObject({ detectMs: 0 })
    expect(world.node(survivor).state().moves).toEqual(world.node(holder).state().moves)
  })

  it('reach a node with a snapshot, too', () => {
    const spec = specOf('abc')
    const world = new HandDriven(spec)
    world.start()
    for (const node of world.nodes.values()) node.tell({ type: 'wall-clock', aheadMs: WALL })
    world.settle()
    world.node('c').crash()
    world.switchover('b')
    world.until(() => world.serving() === 'b')
    for (let entry = 0; entry < 1010; entry += 1) {
      world.node(world.coordinator() ?? '').tell({ type: 'configure', id: 'c', spec })
      world.deliver()
    }
    world.run(100)
    world.node('c').start()
    world.run(1000)
    expect(world.sent.some(({ message }) => message.type === 'install-snapshot')).toBe(true)
    expect(
      world
        .node('c')
        .state()
        .moves?.map(({ to }) => to),
    ).toEqual(['a', 'b'])
    expect(world.node('c').state().moves).toEqual(world.node('a').state().moves)
  })

  it('are bounded, the newest being kept', () => {
    let state: ClusterState = bootstrapStored(specOf('abc')).snapshot.state
    for (let index = 1; index <= MOVES_MAX + 7; index += 1) state = applyEntry(state, assign(index, index % 2 === 0 ? 'a' : null))
    expect(state.moves).toHaveLength(MOVES_MAX)
    expect(state.moves?.at(0)?.epoch).toBe(8)
    expect(state.moves?.at(-1)).toEqual({
      group: 'g',
      from: 'a',
      to: null,
      epoch: MOVES_MAX + 7,
      cause: `because ${MOVES_MAX + 7}`,
      at: MOVES_MAX + 7,
    })
  })

  it('do not hold one whose time nobody told', () => {
    const { state } = bootstrapStored(specOf('abc')).snapshot
    expect(applyEntry(state, { index: 1, term: 1, body: { type: 'assign', group: 'g', node: 'a', cause: '' } }).moves).toBeUndefined()
  })
})
