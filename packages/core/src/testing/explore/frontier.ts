/** States that are to be followed; those that are fewer steps away come first. */
export class Frontier {
  readonly #byDepth: number[][] = []
  #depth = 0
  #taken = 0
  #left = 0

  get isEmpty(): boolean {
    return this.#left === 0
  }

  add(state: number, depth: number): void {
    this.#left += 1
    const beside = this.#byDepth[depth]
    if (beside === undefined) this.#byDepth[depth] = [state]
    else beside.push(state)
  }

  /** The next one; undefined: there is none left. What is added meanwhile must not be nearer than what was taken last. */
  take(): number | undefined {
    for (; this.#depth < this.#byDepth.length; this.#depth += 1, this.#taken = 0) {
      const state = this.#byDepth[this.#depth]?.[this.#taken]
      if (state !== undefined) {
        this.#taken += 1
        this.#left -= 1
        return state
      }
      this.#byDepth[this.#depth] = []
    }
    return undefined
  }
}
