/**
 * Begins work at once where none has begun in this turn of the event loop, else in a later turn, in order: between any two pieces of it
 * messages are heard and timers come. The calls of very many groups would else follow each other for longer than a lease lasts.
 */
export class OneATurn {
  readonly #waiting: (() => void)[] = []
  #hasBegun = false

  begin<T>(work: () => T | Promise<T>): Promise<T> {
    const { promise, resolve } = Promise.withResolvers<T>()
    const begun = (): void => resolve(work())
    if (this.#hasBegun) this.#waiting.push(begun)
    else this.#run(begun)
    return promise
  }

  #run(work: () => void): void {
    this.#hasBegun = true
    setImmediate(() => {
      this.#hasBegun = false
      const next = this.#waiting.shift()
      if (next !== undefined) this.#run(next)
    })
    work()
  }
}
