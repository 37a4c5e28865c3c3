import { checkOrder } from '../../adapters/storage/order.ts'
import type { ClusterSpec, Entry, HardState, Index, Snapshot, Stored, Term, Write } from '../../model/index.ts'

/** Storage as a value: what a disk holds after some writes. */
export class StoredLog {
  hard: HardState
  snapshot: Snapshot
  #entries: Entry[]

  constructor(stored: Stored) {
    this.hard = stored.hard
    this.snapshot = stored.snapshot
    this.#entries = [...stored.entries]
  }

  get lastIndex(): Index {
    return this.snapshot.index + this.#entries.length
  }

  /** The latest configuration, committed or not. */
  get spec(): ClusterSpec {
    const body = this.#entries.findLast((entry) => entry.body.type === 'cluster')?.body
    return body?.type === 'cluster' ? body.spec : this.snapshot.state.spec
  }

  /** Where the latest configuration stands; one that a snapshot brought counts as part of it. */
  get specIndex(): Index {
    return this.#entries.findLast((entry) => entry.body.type === 'cluster')?.index ?? this.snapshot.index
  }

  /** Entries after the snapshot. */
  get entries(): readonly Entry[] {
    return this.#entries
  }

  /** Parts apply in the order that `Write` names: snapshot, cut, entries, compaction. What the real storage refuses is refused here, too. */
  apply(write: Write): void {
    checkOrder(write, { first: this.snapshot.index + 1, last: this.lastIndex })
    if (write.snapshot !== undefined) {
      this.#entries = this.#entries.filter((entry) => entry.index > (write.snapshot as Snapshot).index)
      this.snapshot = write.snapshot
    }
    if (write.cutFrom !== undefined) {
      this.#entries.length = Math.max(0, Math.min(this.#entries.length, write.cutFrom - this.snapshot.index - 1))
    }
    for (const entry of write.entries ?? []) {
      this.#entries.push(entry)
    }
    if (write.compactTo !== undefined && write.compactTo > this.snapshot.index) {
      throw new Error(`compaction to ${write.compactTo} without a snapshot beyond ${this.snapshot.index}`)
    }
    if (write.hard !== undefined) this.hard = write.hard
  }

  entryAt(index: Index): Entry | undefined {
    return this.#entries[index - this.snapshot.index - 1]
  }

  /** Undefined where the log has nothing, or only a snapshot that hides it. */
  termAt(index: Index): Term | undefined {
    return index === this.snapshot.index ? this.snapshot.term : this.entryAt(index)?.term
  }

  /** A committed entry is held if it is in the log or was folded into the snapshot. */
  holds(index: Index, term: Term): boolean {
    return index < this.snapshot.index || this.termAt(index) === term
  }

  copy(): Stored {
    return { hard: this.hard, snapshot: this.snapshot, entries: [...this.#entries] }
  }
}
