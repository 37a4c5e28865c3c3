import type { Epoch, GroupId, NodeId, Term } from '../../model/index.ts'
import { quorumOf } from '../../model/index.ts'
import { violate } from '../sim/checks/violation.ts'
import type { News } from './machines.ts'

/** What of a log tells entries apart: the terms of those after its snapshot. */
export interface Terms {
  /** Index of the snapshot. */
  readonly base: number
  readonly terms: readonly Term[]
}

/** A committed entry is in a log if it stands there, or was folded into its snapshot. */
function holds({ base, terms }: Terms, index: number, term: Term): boolean {
  return index <= base || terms[index - base - 1] === term
}

/** What must be true for ever, of all that happened so far: a part of a world's state that no node knows. */
export interface History {
  /** The term of each entry that was ever committed, oldest first. With the index it names the entry. */
  readonly committed: readonly Term[]
  readonly coordinators: Readonly<Record<Term, NodeId>>
  /** The highest epoch under which each group was served, and in which life of whom. */
  readonly served: Readonly<Record<GroupId, { readonly epoch: Epoch; readonly node: NodeId; readonly generation: number }>>
}

export const NOTHING_HAPPENED: History = { committed: [], coordinators: {}, served: {} }

/** The history after one more deed. Throws where the deed contradicts it. `disks`: what each voter has on disk. */
export function judge(history: History, news: News, disks: () => readonly Terms[]): History {
  const { node, generation, coordinates } = news
  const coordinators = { ...history.coordinators }
  const known = coordinators[coordinates]
  if (coordinates > 0) {
    if (known !== undefined && known !== node) violate('one coordinator a term', `${node} and ${known} both coordinate term ${coordinates}`)
    if (known === undefined) hasAllCommitted(history, news)
    coordinators[coordinates] = node
  }
  const committed = [...history.committed]
  for (let index = news.log.base + 1; index <= news.commit; index += 1) {
    const term = news.log.terms[index - news.log.base - 1]
    if (term === undefined) violate('committed entries exist', `${node} takes ${index} for committed, which is not in its log`)
    if (index > committed.length) {
      isOnQuorum(node, index, term, disks())
      committed.push(term)
    }
    if (committed[index - 1] !== term)
      violate('state machine safety', `${node} takes ${index}.${term} for committed, which is ${index}.${committed[index - 1]}`)
  }
  if (news.log.base > committed.length) violate('a snapshot is committed', `${node} has a snapshot at ${news.log.base}`)
  const served = { ...history.served }
  for (const { group, epoch } of news.leases) {
    const last = served[group]
    if (epoch > committed.length) violate('lease by a committed assignment', `${node} takes a lease of ${group}@${epoch}`)
    if (last !== undefined && epoch < last.epoch)
      violate('epochs grow', `${node} serves ${group} at epoch ${epoch} after ${last.node} served it at ${last.epoch}`)
    if (last?.epoch === epoch && (last.node !== node || last.generation !== generation))
      violate('epochs grow', `${node} serves ${group} at epoch ${epoch}, which ${last.node} served in another life`)
    served[group] = { epoch, node, generation }
  }
  return { committed, coordinators, served }
}

function hasAllCommitted({ committed }: History, { node, coordinates, log }: News): void {
  for (const [position, term] of committed.entries()) {
    if (!holds(log, position + 1, term))
      violate('leader completeness', `${node} coordinates term ${coordinates} without entry ${position + 1}.${term}, which was committed`)
  }
}

function isOnQuorum(node: NodeId, index: number, term: Term, disks: readonly Terms[]): void {
  const having = disks.filter((disk) => holds(disk, index, term)).length
  if (having < quorumOf(disks.length))
    violate(
      'committed is durable on a quorum',
      `${node} takes ${index}.${term} for committed, which ${having} of ${disks.length} voters have on disk`,
    )
}
