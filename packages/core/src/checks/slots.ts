/** So many tasks at a time; the others wait for their turn, in order. */
export class Slots {
  private free: number
  private readonly waiting: (() => void)[] = []

  constructor(count: number) {
    this.free = count
  }

  /** A turn; call the result when it is over. */
  async turn(): Promise<() => void> {
    if (this.free > 0) this.free -= 1
    else await new Promise<void>((resolve) => this.waiting.push(resolve))
    let over = false
    return () => {
      if (over) return
      over = true
      const next = this.waiting.shift()
      if (next === undefined) this.free += 1
      else next()
    }
  }
}
