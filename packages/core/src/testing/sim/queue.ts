interface Scheduled {
  readonly at: number
  readonly order: number
  readonly run: () => void
}

/** What will happen, by true time; things of one instant happen in the order in which they were scheduled. */
export class EventQueue {
  readonly #heap: Scheduled[] = []
  #order = 0
  /** True time in ms: what no node of the world can see. */
  now = 0
  /** How many things have happened. */
  done = 0

  at(at: number, run: () => void): void {
    const item = { at: Math.max(at, this.now), order: this.#order++, run }
    const heap = this.#heap
    let hole = heap.length
    heap.push(item)
    while (hole > 0) {
      const parent = (hole - 1) >> 1
      const above = heap[parent] as Scheduled
      if (!before(item, above)) break
      heap[hole] = above
      hole = parent
    }
    heap[hole] = item
  }

  after(delay: number, run: () => void): void {
    this.at(this.now + delay, run)
  }

  /** Lets everything happen that is due up to `until`. */
  runUntil(until: number): void {
    for (let next = this.#heap[0]; next !== undefined && next.at <= until; next = this.#heap[0]) {
      this.#shift()
      this.now = next.at
      this.done += 1
      next.run()
    }
    this.now = until
  }

  #shift(): void {
    const heap = this.#heap
    const last = heap.pop() as Scheduled
    if (heap.length === 0) return
    let hole = 0
    for (;;) {
      let child = hole * 2 + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && before(heap[child + 1] as Scheduled, heap[child] as Scheduled)) child += 1
      const below = heap[child] as Scheduled
      if (!before(below, last)) break
      heap[hole] = below
      hole = child
    }
    heap[hole] = last
  }
}

function before(a: Scheduled, b: Scheduled): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order)
}
