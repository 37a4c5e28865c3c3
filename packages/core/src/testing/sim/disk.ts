import { silentMs } from '../../adapters/storage/disk-watch.ts'
import type { Stored, Write } from '../../model/index.ts'
import type { EventQueue } from './queue.ts'
import type { SeededRandom } from './random.ts'
import { StoredLog } from './stored-log.ts'

export interface DiskOwner {
  persisted(id: number): void
  failing(reason: string | null): void
}

/** A disk that takes writes in order, some time after they were asked for. A crash loses what was not flushed. */
export class SimDisk {
  /** What is safely on it. */
  durable: StoredLog
  readonly #queue: EventQueue
  readonly #random: SeededRandom
  readonly #latencyMs: number
  #pending: Write[] = []
  #flushing = 0
  #stalledUntil = 0
  #failing: string | null = null
  /** It has owed an answer for so long that the daemon calls it failing. */
  #isSilent = false
  /** Of several watches for silence, only the last counts. */
  #watch = 0
  /** Of several timers set for one flush, only the last counts. */
  #turn = 0
  #owner: DiskOwner | null = null
  /** Called when something has become durable. */
  onFlushed: () => void = () => {}

  constructor(queue: EventQueue, random: SeededRandom, stored: Stored, latencyMs: number) {
    this.#queue = queue
    this.#random = random
    this.durable = new StoredLog(stored)
    this.#latencyMs = latencyMs
  }

  open(owner: DiskOwner): void {
    this.#owner = owner
    if (this.#failing !== null) owner.failing(this.#failing)
  }

  write(write: Write): void {
    this.#pending.push(write)
    if (this.#pending.length === 1) this.#watchForSilence()
    this.#start()
  }

  stall(untilTrue: number): void {
    this.#stalledUntil = Math.max(this.#stalledUntil, untilTrue)
  }

  /** A disk that returns errors keeps the writes and tries again; nothing is lost or reordered. null: it works. */
  setFailing(reason: string | null): void {
    if (reason === this.#failing) return
    this.#failing = reason
    this.#isSilent = false
    this.#owner?.failing(reason)
    this.#start()
  }

  heal(): void {
    this.#stalledUntil = Math.min(this.#stalledUntil, this.#queue.now)
    this.setFailing(null)
    if (this.#flushing > 0) this.#await(this.#queue.now + this.#latencyMs)
    this.#start()
  }

  /** Another content is put in the place of what was there, while no process runs. */
  replace(stored: Stored): void {
    if (this.#owner !== null) throw new Error('the disk is in use')
    this.durable = new StoredLog(stored)
  }

  get idle(): boolean {
    return this.#pending.length === 0
  }

  /** The process is gone. Of the writes under way any number, from the first on, may have reached the disk. */
  crash(): void {
    const reached = this.#random.chance(0.5) ? 0 : this.#random.int(this.#flushing + 1)
    for (const write of this.#pending.slice(0, reached)) this.durable.apply(write)
    if (reached > 0) this.onFlushed()
    this.#pending = []
    this.#flushing = 0
    this.#turn += 1
    this.#isSilent = false
    this.#watch += 1
    this.#owner = null
  }

  #start(): void {
    if (this.#flushing > 0 || this.#pending.length === 0 || this.#failing !== null) return
    this.#flushing = this.#pending.length
    const slow = this.#random.chance(0.02) ? 20 : 1
    this.#await(this.#queue.now + this.#latencyMs * this.#random.between(0.3, 1.7) * slow)
  }

  /** A stall that begins while a flush is under way holds that flush up as well. */
  #await(at: number): void {
    const turn = ++this.#turn
    this.#queue.at(Math.max(at, this.#stalledUntil), () => {
      if (turn !== this.#turn) return
      if (this.#queue.now < this.#stalledUntil) this.#await(at)
      else this.#flushed()
    })
  }

  #flushed(): void {
    const count = this.#flushing
    this.#flushing = 0
    if (this.#failing !== null) return
    const done = this.#pending.splice(0, count)
    for (const write of done) this.durable.apply(write)
    this.onFlushed()
    if (this.#isSilent) this.#owner?.failing(null)
    this.#isSilent = false
    this.#watchForSilence()
    const last = done.at(-1)
    if (last !== undefined) this.#owner?.persisted(last.id)
    this.#start()
  }

  /** As the daemon watches its disk: by when it answered last, or was asked first. */
  #watchForSilence(): void {
    const watch = ++this.#watch
    if (this.#pending.length === 0) return
    this.#queue.after(silentMs, () => {
      if (watch !== this.#watch || this.#failing !== null) return
      this.#isSilent = true
      this.#owner?.failing(`disk has not answered for ${silentMs} ms`)
    })
  }
}
