import type { KernelDriver } from './driver.ts'
import type { Guarded } from './guarded.ts'

/** One gate that wants to stay open for longer. */
export interface Push {
  readonly guarded: Guarded
  /** The timeout to ask for, counted from now; null: too little of the lease is left, and the gate is being shut. */
  begin(attempt: number): number | null
  /** The kernel has acknowledged it. False: so late that it has to be repeated. */
  settle(): boolean
  /** The gate had closed before, and stays closed. */
  onLapsed(): void
  onFailed(error: unknown): void
}

/**
 * The gates of this host are pushed together: a beat renews the leases of all groups at once, and a transaction of many
 * elements costs the kernel little more than one of a single element. What is noted is done before the event loop turns.
 */
export class Pushes {
  readonly #driver: KernelDriver
  readonly #table: string
  readonly #noted = new Set<Push>()

  constructor(driver: KernelDriver, table: string) {
    this.#driver = driver
    this.#table = table
  }

  note(push: Push): void {
    if (this.#noted.size === 0) queueMicrotask(() => this.#flush())
    this.#noted.add(push)
  }

  /** Something else happens to this gate first. */
  drop(push: Push): void {
    this.#noted.delete(push)
  }

  #flush(): void {
    const pushes = [...this.#noted]
    this.#noted.clear()
    this.#push(pushes, 0)
  }

  /** In one transaction; where the kernel refuses that, which it does when one of the gates has closed, one by one. */
  #push(pushes: readonly Push[], attempt: number): void {
    const begun = pushes.map((push) => ({ push, guarded: push.guarded, timeoutMs: push.begin(attempt) }))
    const due = begun.flatMap(({ push, guarded, timeoutMs }) => (timeoutMs === null ? [] : [{ push, guarded, timeoutMs }]))
    if (due.length === 0) return
    let told: (push: Push) => void = (push) => push.onLapsed()
    try {
      if (this.#driver.extend(this.#table, due) === 'extended') {
        const late = due.filter(({ push }) => !push.settle())
        if (late.length > 0)
          this.#push(
            late.map(({ push }) => push),
            attempt + 1,
          )
        return
      }
    } catch (error) {
      told = (push) => push.onFailed(error)
    }
    for (const { push } of due) {
      if (due.length > 1) this.#push([push], attempt)
      else told(push)
    }
  }
}
