export interface SharedOptions<T> {
  readonly make: () => Promise<T>
  readonly close: (thing: T) => Promise<void>
}

interface Current<T> {
  readonly made: Promise<T>
  users: number
}

/** One thing that several use: made for the first, closed after the last, and never handed out while it is being closed. */
export class Shared<T> {
  readonly #options: SharedOptions<T>
  #current: Current<T> | null = null
  #closing: Promise<unknown> = Promise.resolve()

  constructor(options: SharedOptions<T>) {
    this.#options = options
  }

  get inUse(): boolean {
    return this.#current !== null
  }

  /** Counts from the call on, not from when the thing is there. */
  async take(): Promise<T> {
    const current = this.#current ?? { made: this.#closing.then(() => this.#options.make()), users: 0 }
    this.#current = current
    current.users += 1
    try {
      return await current.made
    } catch (error) {
      if (this.#current === current) this.#current = null
      throw error
    }
  }

  /** True: this was the last user, and the thing is closed. */
  async giveBack(): Promise<boolean> {
    const current = this.#current
    if (current === null) return true
    current.users -= 1
    if (current.users > 0) return false
    this.#current = null
    const closing = current.made.then((thing) => this.#options.close(thing))
    this.#closing = closing.catch(() => undefined)
    await closing
    return true
  }
}
