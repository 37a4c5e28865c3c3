import type { Assignment, ClusterSpec, Entry, GroupId, Incarnation, Index, NodeId, Snapshot, Term } from '../model/index.ts'
import { votersOf } from '../model/index.ts'

/** Who has a group according to a log, committed or not. */
export type Latest = ReadonlyMap<GroupId, Assignment>

/** A configuration in the log. */
interface Configured {
  /** Index of its entry, or of the snapshot that covers it. */
  readonly index: Index
  /** Index of its entry; 0: there was none, or it was forgotten. */
  readonly version: Index
  readonly spec: ClusterSpec
}

/** The log of one node: a snapshot and the entries after it, with what they amount to, committed or not. */
export class RaftLog {
  private snapshot: Snapshot
  private entries: Entry[]
  private assignments = new Map<GroupId, Assignment>()
  private bindings = new Map<NodeId, Incarnation>()
  private specs: Configured[] = []

  constructor(snapshot: Snapshot, entries: readonly Entry[]) {
    this.snapshot = snapshot
    this.entries = [...entries]
    this.refold()
  }

  get base(): Index {
    return this.snapshot.index
  }
  get baseSnapshot(): Snapshot {
    return this.snapshot
  }
  get lastIndex(): Index {
    return this.snapshot.index + this.entries.length
  }
  get lastTerm(): Term {
    return this.entries.at(-1)?.term ?? this.snapshot.term
  }
  /** The latest assignment of each group, committed or not. */
  get latest(): Latest {
    return this.assignments
  }
  /** The data folder that a node is bound to, committed or not. */
  bindingOf(node: NodeId): Incarnation | undefined {
    return this.bindings.get(node)
  }
  /** The latest configuration, committed or not, and the index of the entry that made it. */
  get spec(): Configured {
    const last = this.specs.at(-1)
    if (last === undefined) throw new Error('invariant: a log always has a configuration')
    return last
  }
  /** Is the node a voter in any configuration in the snapshot or the log? */
  knowsVoter(node: NodeId): boolean {
    return this.specs.some(({ spec }) => votersOf(spec).includes(node))
  }
  /** Is the node a voter in the configuration in force at `index`, or in a later one? */
  hasVoterSince(node: NodeId, index: Index): boolean {
    const inForce = this.specs.findLastIndex((made) => made.index <= index)
    return this.specs.slice(Math.max(0, inForce)).some(({ spec }) => votersOf(spec).includes(node))
  }
  /** The longest lease that any configuration in the snapshot or the log names, ms. */
  get longestLeaseMs(): number {
    return Math.max(this.snapshot.state.longestLeaseMs, ...this.specs.map(({ spec }) => spec.timing.leaseMs))
  }

  /** undefined: not in this log (compacted away or beyond its end). */
  termAt(index: Index): Term | undefined {
    if (index === this.snapshot.index) return this.snapshot.term
    return this.entries[index - this.snapshot.index - 1]?.term
  }
  at(index: Index): Entry | undefined {
    return this.entries[index - this.snapshot.index - 1]
  }
  slice(from: Index, most: number): readonly Entry[] {
    const start = from - this.snapshot.index - 1
    return this.entries.slice(start, start + most)
  }
  /** Is a log that ends in (index, term) at least as up to date as this one? (Raft 5.4.1) */
  isUpToDate(lastIndex: Index, lastTerm: Term): boolean {
    return lastTerm > this.lastTerm || (lastTerm === this.lastTerm && lastIndex >= this.lastIndex)
  }

  append(entry: Entry): void {
    if (entry.index !== this.lastIndex + 1) throw new Error(`invariant: entry ${entry.index} appended after ${this.lastIndex}`)
    this.entries.push(entry)
    this.fold(entry)
  }
  cutFrom(index: Index): void {
    if (index <= this.snapshot.index) throw new Error(`invariant: cut at ${index} into the snapshot at ${this.snapshot.index}`)
    this.entries.length = Math.min(this.entries.length, index - this.snapshot.index - 1)
    this.refold()
  }
  /** The snapshot takes the place of everything up to its index; entries after it stay if they fit to it. */
  rebase(snapshot: Snapshot): void {
    const fits = this.termAt(snapshot.index) === snapshot.term
    this.entries = fits ? this.entries.slice(snapshot.index - this.snapshot.index) : []
    this.snapshot = snapshot
    this.refold()
  }
  /** The latest assignments of the log cut after `index`. */
  latestAt(index: Index): Map<GroupId, Assignment> {
    if (index >= this.lastIndex) return new Map(this.assignments)
    const latest = new Map(Object.entries(this.snapshot.state.assignments))
    for (const entry of this.entries.slice(0, Math.max(0, index - this.snapshot.index))) foldAssignment(latest, entry)
    return latest
  }

  private refold(): void {
    this.assignments = new Map(Object.entries(this.snapshot.state.assignments))
    this.bindings = new Map(Object.entries(this.snapshot.state.bindings))
    const { spec, history } = this.snapshot.state
    this.specs = [{ index: this.snapshot.index, version: history?.at(-1)?.version ?? 0, spec }]
    for (const entry of this.entries) this.fold(entry)
  }
  private fold(entry: Entry): void {
    const { body, index } = entry
    foldAssignment(this.assignments, entry)
    if (body.type === 'bind') this.bindings.set(body.node, { dataId: body.dataId, generation: body.generation })
    if (body.type !== 'cluster') return
    this.specs.push({ index, version: index, spec: body.spec })
    // Who left may come back with another folder.
    for (const node of this.bindings.keys()) if (!body.spec.nodes.some(({ id }) => id === node)) this.bindings.delete(node)
  }
}

/** What one entry changes in "who has which group". */
export function foldAssignment(latest: Map<GroupId, Assignment>, entry: Entry): void {
  if (entry.body.type === 'assign') {
    latest.set(entry.body.group, { node: entry.body.node, epoch: entry.index, cause: entry.body.cause })
  }
}
