import type { Clock } from '@movip/core/backend'
import type { Identity } from './identity.ts'

/** What an instance is changes seldom: an interface is attached, or taken away. */
const AGAIN_MS = 60_000

/** What this machine is, read once for all endpoints and again from time to time; never while somebody waits for an answer. */
export class Identities {
  private readonly read: () => Promise<Identity>
  private known: Promise<Identity> | null = null
  private readonly listeners = new Set<(identity: Identity) => void>()
  private cancel: () => void = () => undefined

  constructor(read: () => Promise<Identity>) {
    this.read = read
  }

  /** Rejects where the metadata does not answer; the next one who asks tries again. */
  get(): Promise<Identity> {
    this.known ??= this.read().catch((error: unknown) => {
      this.known = null
      throw error
    })
    return this.known
  }

  /** Hears of it whenever it was read again, until that is ended. */
  listen(clock: Clock, listener: (identity: Identity) => void): () => void {
    this.listeners.add(listener)
    if (this.listeners.size === 1) this.plan(clock)
    return () => {
      this.listeners.delete(listener)
      if (this.listeners.size === 0) this.cancel()
    }
  }

  private plan(clock: Clock): void {
    this.cancel = clock.at(clock.now() + AGAIN_MS, () => void this.again(clock))
  }

  /** What cannot be read at this moment is as it was. */
  private async again(clock: Clock): Promise<void> {
    const identity = await this.read().catch(() => null)
    if (identity !== null) {
      this.known = Promise.resolve(identity)
      for (const listener of this.listeners) listener(identity)
    }
    if (this.listeners.size > 0) this.plan(clock)
  }
}
