/**
 * Begins work at once where none has begun in this turn of the event loop, else in a later turn, in order: between any two pieces of it
 * messages are heard and timers come. The calls of very many groups would else follow each other for longer than a lease lasts.
 */
export class OneATurn {
  readonly #urgent: (() => void)[] = []
  readonly #waiting: (() => void)[] = []
  #hasBegun = false

  /** What is urgent overtakes all that waits and is not. */
  begin<T>(work: () => T | Promise<T>, how: { readonly urgent: boolean } = { urgent: false }): Promise<T> {
    const { promise, resolve } = Promise.withResolvers<T>()
    const begun = (): void => resolve(work())
    if (!this.#hasBegun) this.#run(begun)
    else if (how.urgent) this.#urgent.push(begun)
    else this.#waiting.push(begun)
    return promise
  }

  #run(work: () => void): void {
    this.#hasBegun = true
    setImmediate(() => {
      this.#hasBegun = false
      const next = this.#urgent.shift() ?? this.#waiting.shift()
      if (next !== undefined) this.#run(next)
    })
    work()
  }
}
