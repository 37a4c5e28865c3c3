import type { PacketPort } from './driver.ts'
import { parseOwnership } from './frames.ts'
import type { Vip } from './ip.ts'

type Listener = (mac: string) => void

/** The raw frames of one interface and family, shared by everybody who sends or listens there. */
export class Wire {
  readonly #port: PacketPort
  /** By the bytes of the address: where very many addresses move at once, each frame is of one of them. */
  readonly #listeners = new Map<string, Set<Listener>>()

  constructor(port: PacketPort) {
    this.#port = port
  }

  send(frame: Buffer): boolean {
    return this.#port.send(frame)
  }

  /** Calls back with the hardware address of whoever says that the VIP is theirs, as `poll` finds it; returns how to stop that. */
  listen(vip: Vip, listener: Listener): () => void {
    // What arrived while nobody listened is old news.
    if (this.#listeners.size === 0) this.#port.receive()
    const key = keyOf(vip.bytes)
    const listeners = this.#listeners.get(key) ?? new Set()
    this.#listeners.set(key, listeners)
    listeners.add(listener)
    return () => {
      listeners.delete(listener)
      if (listeners.size === 0 && this.#listeners.get(key) === listeners) this.#listeners.delete(key)
    }
  }

  /** Reads what has arrived. Costs nothing while nobody listens. */
  poll(): void {
    if (this.#listeners.size === 0) return
    for (const frame of this.#port.receive()) {
      const ownership = parseOwnership(frame)
      if (ownership !== null) for (const listener of this.#listeners.get(keyOf(ownership.ip)) ?? []) listener(ownership.mac)
    }
  }

  close(): void {
    this.#port.close()
  }
}

function keyOf(ip: Buffer): string {
  return ip.toString('latin1')
}
