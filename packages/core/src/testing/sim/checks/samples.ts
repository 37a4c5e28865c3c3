import type { EngineStatus } from '../../../engine/types.ts'
import type { Beat, NodeId } from '../../../model/index.ts'

type GroupStatus = EngineStatus['groups'][number]

const incarnation = { dataId: 'disk', generation: 1 }

/** A beat of term 3 in which nothing stands but what is said here. */
export function beatOf(from: NodeId, more: Partial<Beat> = {}): Beat {
  return {
    type: 'beat',
    from,
    incarnation,
    sentAt: 0,
    leaseMs: 1000,
    voters: ['a', 'b', 'c'],
    term: 3,
    coordinator: null,
    commit: 0,
    matched: 0,
    holds: [],
    released: [],
    echoes: [],
    promises: [],
    asks: [],
    report: { fitness: {}, leaving: false, latenessMs: 0, configHash: '' },
    ...more,
  }
}

/** What a node tells of group g, and nothing else but how far it has applied the log. */
export function statusOf(applied: number, group: Partial<GroupStatus>): EngineStatus {
  return {
    node: 'a',
    incarnation,
    cluster: 'shop',
    term: 3,
    role: 'follower',
    coordinator: null,
    quorum: true,
    commit: applied,
    applied,
    lastIndex: applied,
    voters: ['a', 'b', 'c'],
    storageFailing: null,
    configuration: { version: 1, hash: '' },
    maintenance: { drained: {}, paused: {}, pausedAll: null },
    nodes: [],
    groups: [{ id: 'g', holder: null, epoch: 0, cause: '', state: null, leaseMs: null, candidates: [], ...group }],
  }
}
