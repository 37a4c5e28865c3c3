import { describe, expect, it } from 'vitest'
import { applyEntry, bootstrapStored } from './apply.ts'
import { MoveReports } from './move-reports.ts'
import type { ClusterState, Entry, ProgressStep } from '../model/index.ts'
import { HandDriven, specOf } from '../testing/hand-driven/cluster.ts'

const WALL = 1_800_000_000_000

function worldOf(spec = specOf('abc')): HandDriven {
  const world = new HandDriven(spec)
  world.start()
  for (const node of world.nodes.values()) node.tell({ type: 'wall-clock', aheadMs: WALL })
  return world
}

const lastMove = (world: HandDriven, node: string) => world.node(node).state().moves?.at(-1)

describe('the end of a move', () => {
  it('is told by the new holder and stands in the list of every node', () => {
    const world = worldOf()
    world.flightMs = 3
    expect([world.settle(), world.coordinator()]).toEqual(['a', 'a'])
    for (const to of ['b', 'c']) {
      world.switchover(to)
      world.until(() => lastMove(world, to)?.to === to && lastMove(world, to)?.phases?.verifyMs !== undefined)
    }
    world.run(1000)
    const move = lastMove(world, 'b')
    expect(move).toMatchObject({ from: 'b', to: 'c', phases: { detectMs: 0, verifyMs: 0 } })
    // A word there, a word back, and then the agreement, and the lease that the claim waits for.
    expect(move?.phases?.stopMs).toBeGreaterThanOrEqual(6)
    expect(move?.phases?.claimMs).toBeGreaterThanOrEqual(6)
    expect(world.node('a').state().moves).toEqual(world.node('b').state().moves)
    expect(world.node('c').state().moves).toEqual(world.node('b').state().moves)
  })

  it('counts as stopping the time for which promises kept the group with a holder that is dead', () => {
    const world = worldOf()
    const holder = world.settle()
    world.node(holder).crash()
    world.until(() => world.serving() !== '' && !world.serving().includes(holder))
    const [survivor = ''] = world.serving()
    world.until(() => lastMove(world, survivor)?.phases?.claimMs !== undefined)
    const { detectMs = 0, stopMs = 0, decideMs = 0 } = lastMove(world, survivor)?.phases ?? {}
    expect(detectMs).toBeGreaterThanOrEqual(1000)
    expect(detectMs + stopMs + decideMs).toBeLessThan(3000)
  })

  it('is told to the next coordinator when the one that decided is gone', () => {
    const world = worldOf()
    const coordinator = world.coordinator() ?? ''
    world.settle()
    const [to = ''] = ['b', 'c', 'a'].filter((node) => node !== coordinator && !world.serving().includes(node))
    world.node(to).runs = false
    world.switchover(to)
    world.until(() => lastMove(world, to)?.to === to)
    const epoch = lastMove(world, to)?.epoch ?? 0
    world.node(world.coordinator() ?? '').crash()
    world.node(to).tell({ type: 'holding', group: 'g', epoch, state: 'active' })
    for (const step of ['claimed', 'verified'] as const) world.node(to).tell({ type: 'progress', group: 'g', epoch, step })
    world.until(() => lastMove(world, to)?.phases?.claimMs !== undefined)
    expect(lastMove(world, to)?.epoch).toBe(epoch)
  })

  it('is why it failed, where the new holder could not bring it up', () => {
    const world = worldOf()
    world.settle()
    const [to = ''] = ['b', 'c'].filter((node) => !world.serving().includes(node))
    world.node(to).runs = false
    world.switchover(to)
    world.until(() => lastMove(world, to)?.to === to)
    const { epoch = 0 } = lastMove(world, to) ?? {}
    world.node(to).tell({ type: 'progress', group: 'g', epoch, step: 'failed', why: 'app: claim: FAILED: no such unit' })
    world.until(
      () =>
        world
          .node('a')
          .state()
          .moves?.find((move) => move.epoch === epoch)?.failed !== undefined,
    )
    expect(
      world
        .node('a')
        .state()
        .moves?.find((move) => move.epoch === epoch)?.failed,
    ).toBe('app: claim: FAILED: no such unit')
  })

  it('of many groups is taken down in few entries, and nothing is written once all is told', () => {
    const groups = Array.from({ length: 40 }, (_, index) => `g${index}`)
    const world = worldOf(specOf('abc', { groups }))
    world.until(() => groups.every((group) => world.node('a').mayServe(group)))
    world.run(3000)
    const { moves = [] } = world.node('a').state()
    expect(moves.filter(({ phases }) => phases?.claimMs !== undefined)).toHaveLength(groups.length)
    const told = world.sent.flatMap(({ message }) => (message.type === 'append' ? message.entries : []))
    const indexes = new Set(told.filter(({ body }) => body.type === 'moved').map(({ index }) => index))
    expect(indexes.size).toBeLessThanOrEqual(4)
    const { lastIndex } = world.node('a').status()
    world.run(5000)
    expect(world.node('a').status().lastIndex).toBe(lastIndex)
  })
})

describe('what a holder tells', () => {
  const decided: Entry = {
    index: 5,
    term: 1,
    body: { type: 'assign', group: 'g', node: 'a', cause: '', at: WALL, phases: { detectMs: 1, decideMs: 2, stopMs: 3 } },
  }
  const state: ClusterState = applyEntry(bootstrapStored(specOf('abc')).snapshot.state, decided)

  function reportsAfter(...steps: readonly ProgressStep[]): MoveReports {
    const reports = new MoveReports()
    reports.learn(5, 100)
    reports.agree('g', 5, 110)
    for (const [index, step] of steps.entries()) reports.note(5, step, '', 130 + 20 * index)
    return reports
  }

  it('is each phase from the end of the one before it', () => {
    const [report] = reportsAfter('started', 'claimed', 'verified').due(state, 200)
    expect(report).toEqual({ group: 'g', epoch: 5, agreeMs: 10, startMs: 20, claimMs: 20, verifyMs: 20 })
  })

  it('is the claim alone, once it has not been seen for two leases', () => {
    const reports = reportsAfter('claimed')
    expect(reports.due(state, 2129)).toEqual([])
    expect(reports.due(state, 2130)).toEqual([{ group: 'g', epoch: 5, agreeMs: 10, claimMs: 20 }])
  })

  it('is that nothing came of it, a lease after the group was given anew before it began here', () => {
    const reports = reportsAfter()
    expect(reports.due(state, 900_000)).toEqual([])
    const overtaken = applyEntry(state, { index: 6, term: 1, body: { ...decided.body, node: 'b' } as Entry['body'] })
    expect([reports.due(overtaken, 900_000), reports.due(overtaken, 900_999)]).toEqual([[], []])
    const failed = 'the group was given anew before this node had its lease'
    expect(reports.due(overtaken, 901_000)).toEqual([{ group: 'g', epoch: 5, agreeMs: 10, failed }])
    expect(reports.due(overtaken, 931_001)).toEqual([])
  })

  it('is what went wrong, where it began and was given anew before it was up', () => {
    const reports = reportsAfter()
    reports.note(5, 'failed', 'app: no such unit', 150)
    expect(reports.due(state, 150)).toEqual([{ group: 'g', epoch: 5, agreeMs: 10, failed: 'app: no such unit' }])
  })

  it('ends when the log says it, and after a while when nobody takes it down', () => {
    const reports = reportsAfter('claimed', 'verified')
    expect(reports.due(state, 30_000)).toHaveLength(1)
    expect(reports.due(state, 31_000)).toEqual([])
    const told = applyEntry(state, {
      index: 6,
      term: 1,
      body: { type: 'moved', reports: [{ group: 'g', epoch: 5, agreeMs: 10, claimMs: 4 }] },
    })
    expect(told.moves?.at(-1)?.phases).toEqual({ detectMs: 1, decideMs: 12, stopMs: 3, claimMs: 4 })
    expect(reportsAfter('claimed', 'verified').due(told, 200)).toEqual([])
  })

  it('is how long it took until all that points at it followed, once the end of the move is known, however long that is', () => {
    const reports = reportsAfter('claimed', 'verified', 'following')
    const [ended] = reports.due(state, 200)
    expect(ended).not.toHaveProperty('followMs')
    const told = applyEntry(state, { index: 6, term: 1, body: { type: 'moved', reports: ended === undefined ? [] : [ended] } })
    expect(reports.due(told, 900_000)).toEqual([])
    reports.note(5, 'followed', '', 900_170)
    expect(reports.due(told, 900_200)).toEqual([{ group: 'g', epoch: 5, agreeMs: 0, followMs: 900_000 }])
    const body = { type: 'moved', reports: reports.due(told, 900_200) } as const
    const followed = applyEntry(told, { index: 7, term: 1, body })
    expect(followed.moves?.at(-1)?.phases).toEqual({ ...told.moves?.at(-1)?.phases, followMs: 900_000 })
    expect(applyEntry(followed, { index: 8, term: 1, body }).moves).toEqual(followed.moves)
    expect(reports.due(followed, 900_300)).toEqual([])
  })

  it('is nothing of what follows, once the group was given anew', () => {
    const reports = reportsAfter('claimed', 'verified', 'following')
    const told = applyEntry(state, { index: 6, term: 1, body: { type: 'moved', reports: reports.due(state, 200) } })
    const overtaken = applyEntry(told, { index: 7, term: 1, body: { ...decided.body, node: 'b' } as Entry['body'] })
    expect(reports.due(overtaken, 300)).toEqual([])
    reports.note(5, 'followed', '', 400)
    expect(reports.due(overtaken, 500)).toEqual([])
  })

  it('is taken from nobody but the node that the group went to, and once', () => {
    const body = { type: 'moved', reports: [{ group: 'g', epoch: 5, agreeMs: 0, claimMs: 4 }] } as const
    const once = applyEntry(state, { index: 6, term: 1, body })
    expect(applyEntry(once, { index: 7, term: 1, body }).moves).toEqual(once.moves)
    expect(applyEntry(bootstrapStored(specOf('abc')).snapshot.state, { index: 6, term: 1, body }).moves).toBeUndefined()
  })
})
