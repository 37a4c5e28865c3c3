import { quorumOf, votersOf } from '../../../model/index.ts'
import type { Entry, Epoch, GroupId, HandedLease, Index, NodeId, Term, Write } from '../../../model/index.ts'
import type { StoredLog } from '../stored-log.ts'
import { violate } from './violation.ts'

/** Both views of one node's log. */
export interface Logged {
  readonly id: NodeId
  /** Everything this life asked its disk to write. */
  readonly written: StoredLog
  readonly durable: StoredLog
  /** Name of its data folder, where it may get another one: that is another voter. */
  readonly folder?: string
  /** The folder that was there before, if it was lost: what it had acknowledged counts, and the new one answers for nothing of it. */
  readonly lost?: StoredLog | null
  /** By epoch what the life before, which this one has replaced, handed over to it. */
  readonly adopted?: ReadonlyMap<Epoch, HandedLease>
}

interface Committed {
  readonly entry: Entry
  /** Term of the coordinator that first said so. */
  readonly byTerm: Term
}

/** What was ever committed, and that everybody agrees with it for ever. */
export class LedgerCheck {
  readonly #nodes: ReadonlyMap<NodeId, Logged>
  readonly #committed: Committed[] = []
  readonly #seen = new Map<NodeId, Index>()
  readonly #coordinators = new Map<Term, NodeId>()
  readonly #onAssigned: (group: GroupId, node: NodeId | null, epoch: Epoch) => void

  constructor(nodes: ReadonlyMap<NodeId, Logged>, onAssigned: (group: GroupId, node: NodeId | null, epoch: Epoch) => void) {
    this.#nodes = nodes
    this.#onAssigned = onAssigned
  }

  get length(): Index {
    return this.#committed.length
  }

  entryAt(index: Index): Entry | undefined {
    return this.#committed[index - 1]?.entry
  }

  /** Was the group assigned anew, to anybody or nobody, by a committed entry after that epoch? */
  isOver(group: GroupId, epoch: Epoch): boolean {
    return this.#committed.slice(epoch).some(({ entry: { body } }) => body.type === 'assign' && body.group === group)
  }

  /** A life began: what it knew of the commit index is forgotten. */
  began(node: NodeId): void {
    this.#seen.delete(node)
  }

  /** `node` says, as coordinator of `term` or as anybody, that everything up to `commit` is committed. */
  says(node: Logged, term: Term, coordinates: boolean, commit: Index): void {
    if (coordinates) this.#coordinates(node, term)
    const seen = this.#seen.get(node.id) ?? 0
    if (commit <= seen) return
    // A coordinator may commit and step down before it says so: it does so no longer as coordinator, but it was, in the term of what it says.
    const inTerm = this.#coordinators.get(term) === node.id ? term : (node.written.termAt(commit) ?? term)
    if (this.#coordinators.get(inTerm) === node.id)
      for (let index = this.length + 1; index <= commit; index++) this.#commit(node, inTerm, index)
    if (commit > this.length)
      violate(
        'commit is known from the coordinator',
        `${node.id} says commit ${commit}, but only ${this.length} entries were ever committed`,
      )
    for (let index = Math.max(seen, node.written.snapshot.index); index <= commit; index++) this.#agrees(node, index)
    this.#seen.set(node.id, commit)
  }

  /** `node` asks its disk for this write. */
  writes(node: Logged, write: Write): void {
    const seen = this.#seen.get(node.id) ?? 0
    // What a snapshot of the same write covers is kept in it.
    const kept = Math.max(node.written.snapshot.index, write.snapshot?.index ?? 0)
    const last = Math.min(seen, node.written.lastIndex)
    if (write.cutFrom !== undefined && last > kept && write.cutFrom <= last)
      violate('committed is for ever', `${node.id} cuts its log from ${write.cutFrom} although it knows ${seen} as committed`)
    this.#proposes(node, write.entries ?? [])
    const snapshot = write.snapshot
    // A coordinator may fold entries into a snapshot in the very step in which it commits them.
    const { term } = node.written.hard
    if (snapshot !== undefined && this.#coordinators.get(term) === node.id) this.says(node, term, false, snapshot.index)
    if (snapshot !== undefined && snapshot.index > 0 && this.#committed[snapshot.index - 1]?.entry.term !== snapshot.term) {
      violate(
        'a snapshot is committed',
        `${node.id} writes a snapshot ${snapshot.index}.${snapshot.term} that is not what was committed there`,
      )
    }
  }

  /** `node` wants `to` to coordinate in its place: that may not cost what is in its log (thesis 3.10). */
  handsOver(node: Logged, to: NodeId, term: Term): void {
    const { lastIndex } = node.written
    const successor = this.#nodes.get(to)
    // What it had acknowledged may have been cut off since by the coordinator of a later term.
    if (successor === undefined || successor.written.hard.term > term) return
    if ((successor.lost ?? successor.durable).holds(lastIndex, node.written.termAt(lastIndex) ?? 0)) return
    violate('a successor has every entry', `${node.id} wants ${to} to coordinate, which has not got ${lastIndex} on disk`)
  }

  /** What a coordinator appends of its own changes one voter at a time, and that only when an entry of its term is committed. */
  #proposes(node: Logged, entries: readonly Entry[]): void {
    const { written } = node
    let voters = votersOf(written.spec)
    for (const { index, term, body } of entries) {
      if (body.type !== 'cluster' || term !== written.hard.term || this.#coordinators.get(term) !== node.id) continue
      const next = votersOf(body.spec)
      const changed = [...next.filter((voter) => !voters.includes(voter)), ...voters.filter((voter) => !next.includes(voter))]
      voters = next
      if (changed.length > 1)
        violate('voters change one by one', `${node.id} proposes ${index}, which changes the votes of ${changed.join(' and ')}`)
      if (changed.length === 1 && !this.#committed.some(({ entry }) => entry.term === term))
        violate('voters change in a settled term', `${node.id} proposes ${index} before an entry of term ${term} is committed`)
    }
  }

  #coordinates(node: Logged, term: Term): void {
    const known = this.#coordinators.get(term)
    if (known === node.id) return
    if (known !== undefined) violate('one coordinator a term', `${node.id} and ${known} both coordinate term ${term}`)
    this.#coordinators.set(term, node.id)
    const last = this.#committed.findLastIndex((committed) => committed.byTerm < term)
    const committed = this.#committed[last]
    if (committed !== undefined && !node.written.holds(last + 1, committed.entry.term)) {
      violate(
        'leader completeness',
        `${node.id} coordinates term ${term} without entry ${last + 1}.${committed.entry.term}, which was committed in term ${committed.byTerm}`,
      )
    }
  }

  #commit(node: Logged, term: Term, index: Index): void {
    const entry = node.written.entryAt(index)
    if (entry === undefined) violate('committed entries exist', `${node.id} commits ${index}, which is not in its log`)
    const voters = votersOf(node.written.spec)
    const having = voters.filter((voter) => {
      const at = this.#nodes.get(voter)
      return (at?.lost ?? at?.durable)?.holds(index, entry.term)
    })
    if (having.length < quorumOf(voters.length)) {
      violate(
        'committed is durable on a quorum',
        `${node.id} commits ${index}.${entry.term} in term ${term}, which only [${having.join(' ')}] of [${voters.join(' ')}] have on disk`,
      )
    }
    this.#committed.push({ entry, byTerm: term })
    if (entry.body.type === 'assign') this.#onAssigned(entry.body.group, entry.body.node, index)
  }

  #agrees(node: Logged, index: Index): void {
    const committed = this.#committed[index - 1]
    if (committed !== undefined && !node.written.holds(index, committed.entry.term)) {
      violate(
        'state machine safety',
        `${node.id} takes ${index}.${node.written.termAt(index) ?? '-'} for committed, which is ${index}.${committed.entry.term}`,
      )
    }
  }
}
