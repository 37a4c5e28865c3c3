import type { PacketPort } from './driver.ts'
import { parseOwnership } from './frames.ts'
import type { Ownership } from './frames.ts'

/** The raw frames of one interface and family, shared by everybody who sends or listens there. */
export class Wire {
  readonly #port: PacketPort
  readonly #listeners = new Set<(ownership: Ownership) => void>()

  constructor(port: PacketPort) {
    this.#port = port
  }

  send(frame: Buffer): boolean {
    return this.#port.send(frame)
  }

  /** Calls back for every claim of ownership that `poll` finds; returns how to stop that. */
  listen(listener: (ownership: Ownership) => void): () => void {
    // What arrived while nobody listened is old news.
    if (this.#listeners.size === 0) this.#port.receive()
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Reads what has arrived. Costs nothing while nobody listens. */
  poll(): void {
    if (this.#listeners.size === 0) return
    for (const frame of this.#port.receive()) {
      const ownership = parseOwnership(frame)
      if (ownership === null) continue
      for (const listener of this.#listeners) listener(ownership)
    }
  }

  close(): void {
    this.#port.close()
  }
}
