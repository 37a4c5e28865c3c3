import { describe, expect, it } from 'vitest'
import type { Effect } from '../../../engine/types.ts'
import type { Beat, ClusterState, Fitness, NodeId } from '../../../model/index.ts'
import { specOf } from '../../hand-driven/cluster.ts'
import { StoredLog } from '../stored-log.ts'
import { PlacementsCheck } from './placements.ts'
import { beatOf } from './samples.ts'

const state: ClusterState = { spec: specOf('abc'), assignments: {}, bindings: {}, longestLeaseMs: 1000 }
const gives = (node: NodeId | null, term = 3): Effect => ({
  type: 'persist',
  write: { id: 1, entries: [{ index: 1, term, body: { type: 'assign', group: 'g', node, cause: 'a reason' } }] },
})
const reports = (from: NodeId, level: Fitness['level'], sentAt = 0, leaving = false): Beat =>
  beatOf(from, { sentAt, report: { fitness: { g: { level, reasons: [] } }, leaving, latenessMs: 0, configHash: '' } })
const says = (message: Beat): Effect => ({ type: 'send', to: 'all', message })

/** Node a, which coordinates term 3, has heard these beats, one after the other. */
function hearing(...beats: readonly Beat[]) {
  const written = new StoredLog({ hard: { term: 3, votedFor: 'a' }, snapshot: { index: 0, term: 0, state }, entries: [] })
  const node = { id: 'a', written, durable: written }
  const check = new PlacementsCheck()
  const step = (effects: readonly Effect[], life = 1, message?: Beat, drained: readonly NodeId[] = []): void => {
    const news = message === undefined ? ({ type: 'wake' } as const) : ({ type: 'message', message } as const)
    const note = { at: '', by: 'ann', what: '' }
    const maintenance = { drained: Object.fromEntries(drained.map((id) => [id, note])), paused: {}, pausedAll: null }
    check.stepped(node, { life, now: 0, news, effects, applied: { index: 0, state: { ...state, maintenance } } })
  }
  step([says({ ...reports('a', 'fit'), coordinator: 'a' })])
  for (const beat of beats) step([], 1, beat)
  return step
}

describe('the check of placements', () => {
  it('accepts a node that has said that it is fit, the coordinator itself, and nobody', () => {
    expect(() => hearing(reports('b', 'fit'))([gives('b'), gives('a'), gives(null)])).not.toThrow()
  })

  it.each([
    ['has never heard', []],
    ['is unfit', [reports('b', 'unfit')]],
    ['can only keep it', [reports('b', 'keep')]],
    ['is leaving', [reports('b', 'fit', 0, true)]],
    ['is unfit by now', [reports('b', 'fit'), reports('b', 'unfit', 1)]],
    ['is unfit, though an older beat says otherwise late', [reports('b', 'unfit', 1), reports('b', 'fit')]],
  ] as const)('convicts a coordinator that chooses a node which %s', (_, beats) => {
    expect(() => hearing(...beats)([gives('b')])).toThrow(/only the fit are chosen: a gives g to b/)
  })

  it('convicts a coordinator that chooses itself and is not fit, also in the step in which it is elected', () => {
    const step = hearing()
    step([says({ ...reports('a', 'unfit', 1), coordinator: 'a' })])
    expect(() => step([gives('a')])).toThrow(/only the fit/)
    expect(() => hearing()([gives('a'), says({ ...reports('a', 'fit'), coordinator: 'a' })], 2)).toThrow(/it has never heard/)
  })

  it('convicts a coordinator that chooses a node which was drained before, and not one that learns of it in that very step', () => {
    const step = hearing(reports('b', 'fit'))
    expect(() => step([gives('b')], 1, undefined, ['b'])).not.toThrow()
    expect(() => step([gives('b')], 1, undefined, ['b'])).toThrow(/only the fit are chosen: a gives g to b, which an operator has drained/)
    expect(() => step([gives('b')])).not.toThrow()
  })

  it('asks nothing of who copies the log of another', () => {
    const step = hearing()
    expect(() => step([gives('b', 2)])).not.toThrow()
    step([says({ ...reports('a', 'fit', 1), coordinator: 'c' })])
    expect(() => step([gives('b')])).not.toThrow()
  })
})
