import type { Index, Message, NodeId, Term, Write } from '../model/index.ts'

export type RaftEffect =
  | { readonly type: 'persist'; readonly write: Write }
  | { readonly type: 'send'; readonly to: NodeId | 'all'; readonly message: Message }

/** What was written, so that a late acknowledgement of an overwritten entry counts for nothing. */
interface PendingWrite {
  readonly id: number
  readonly index: Index
  readonly term: Term
}

/**
 * Keeps "persist before send": a message that depends on the disk waits here until every write begun before it is
 * durable. Storage is first in, first out, so one number is enough to wait for.
 */
export class Outbox {
  private effects: RaftEffect[] = []
  private nextId = 1
  private durableId = 0
  private waiting: { readonly after: number; readonly to: NodeId | 'all'; readonly message: Message; readonly term: Term }[] = []
  private pending: PendingWrite[] = []

  /**
   * Begins a write. `position` is the end of the log that it leaves. Returns the write's id. Entries that follow each other before the effects
   * are taken make one write: a flush costs the same for many.
   */
  persist(parts: Omit<Write, 'id'>, position: { readonly index: Index; readonly term: Term }): number {
    const last = this.effects.at(-1)
    if (last?.type === 'persist' && hasOnlyEntries(last.write) && hasOnlyEntries(parts)) {
      const { id, entries = [] } = last.write
      this.effects[this.effects.length - 1] = { type: 'persist', write: { id, entries: [...entries, ...(parts.entries ?? [])] } }
      this.pending[this.pending.length - 1] = { id, ...position }
      return id
    }
    const id = this.nextId++
    this.effects.push({ type: 'persist', write: { id, ...parts } })
    // A cut makes older acknowledgements worthless, even if the same entry comes back later: the disk loses it in between.
    if (parts.cutFrom !== undefined) this.pending = []
    this.pending.push({ id, ...position })
    return id
  }
  send(to: NodeId | 'all', message: Message): void {
    this.effects.push({ type: 'send', to, message })
  }
  /** Sends once everything written so far is durable; never if the term has changed by then. */
  sendDurable(to: NodeId, message: Message, term: Term): void {
    const after = this.nextId - 1
    if (after <= this.durableId) this.send(to, message)
    else this.waiting.push({ after, to, message, term })
  }
  /** Everything up to write `id` is durable: returns the log ends that were written, oldest first. */
  persisted(id: number, term: Term): readonly PendingWrite[] {
    this.durableId = Math.max(this.durableId, id)
    const done = this.pending.filter((write) => write.id <= id)
    this.pending = this.pending.filter((write) => write.id > id)
    const ready = this.waiting.filter((item) => item.after <= id)
    this.waiting = this.waiting.filter((item) => item.after > id)
    for (const item of ready) if (item.term === term) this.send(item.to, item.message)
    return done
  }
  isDurable(id: number): boolean {
    return id <= this.durableId
  }
  take(): RaftEffect[] {
    const taken = this.effects
    this.effects = []
    return taken
  }
}

function hasOnlyEntries({ hard, snapshot, cutFrom, compactTo }: Omit<Write, 'id'>): boolean {
  return [hard, snapshot, cutFrom, compactTo].every((part) => part === undefined)
}
