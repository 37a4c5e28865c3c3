import type { BackendContext, Grant, Instant } from '@movip/core/backend'
import type { Guarded } from './guarded.ts'
import type { Host } from './host.ts'
import type { Push } from './pushes.ts'

/** The kernel counts in ticks of up to 10 ms (HZ=100) and may be late by one. */
const TICK_MS = 10
const ATTEMPTS = 3
/** Every attempt may take so many times longer than the one before, at the price of a shorter timeout. */
const PATIENCE = 4
/** A push is left out while it would win less than this part of a lease. */
const LEAST_GAIN = 1 / 8

/**
 * The gate of one address or port under the lease: open for so long that even one kernel tick later the lease still runs. After every
 * push the clock is read again; a push that took too long is repeated, and undone when that does not help.
 */
export class LeaseGate implements Push {
  readonly #host: Host
  readonly guarded: Guarded
  readonly #context: BackendContext
  #until = 0
  #openUntil = 0
  /** The extension under way, with the time and timeout of its latest attempt. */
  #wanted: { readonly grant: Grant; readonly before: number; readonly timeout: number } | null = null

  constructor(host: Host, guarded: Guarded, context: BackendContext) {
    this.#host = host
    this.guarded = guarded
    this.#context = context
  }

  /** Up to here the kernel keeps the gate open for certain; in the past: nothing is known to be open. */
  get openUntil(): Instant {
    return this.#openUntil
  }

  get open(): boolean {
    return this.#context.clock.now() < this.#openUntil
  }

  /** Opens the gate until the end of the grant, whether or not it was open. False: too little of the lease is left. */
  async push(grant: Grant): Promise<boolean> {
    this.#drop()
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const before = this.#context.clock.now()
      const timeout = this.#timeout(grant, before, attempt)
      if (timeout < 1) break
      await this.#host.driver.open(this.#host.gate.table, this.guarded, timeout)
      if (this.#settle(grant, before, timeout)) return true
    }
    await this.shut()
    return false
  }

  /** Extends an open gate to the end of the grant, together with all others of this turn. False: it had closed, and stays closed. */
  extend(grant: Grant): boolean {
    if (!this.open) return false
    if (grant.until - this.#until < this.#context.leaseMs * LEAST_GAIN) return true
    const before = this.#context.clock.now()
    if (this.#timeout(grant, before, 0) < 1) {
      this.#abandon()
      return false
    }
    this.#wanted = { grant, before, timeout: 0 }
    this.#host.pushes.note(this)
    return true
  }

  begin(attempt: number): number | null {
    if (this.#wanted === null) return null
    const { grant } = this.#wanted
    const before = this.#context.clock.now()
    const timeout = this.#timeout(grant, before, attempt)
    this.#wanted = { grant, before, timeout }
    if (attempt < ATTEMPTS && timeout >= 1) return timeout
    this.#abandon()
    this.#context.changed(`the lease of ${this.guarded.text} could not be pushed in time`)
    return null
  }

  settle(): boolean {
    return this.#wanted === null || this.#settle(this.#wanted.grant, this.#wanted.before, this.#wanted.timeout)
  }

  onLapsed(): void {
    this.forget()
    this.#host.checkGate()
    this.#context.changed(`the kernel had closed the gate of ${this.guarded.text} before its lease was renewed`)
  }

  onFailed(error: unknown): void {
    this.#context.logger.error('arp-renewal-failed', {
      address: this.guarded.text,
      error: error instanceof Error ? error.message : String(error),
    })
    this.#context.changed(`the lease of ${this.guarded.text} could not be pushed`)
  }

  async shut(): Promise<void> {
    this.forget()
    await this.#host.driver.shut(this.#host.gate.table, this.guarded)
  }

  /** The kernel's right is known to be gone. */
  forget(): void {
    this.#drop()
    this.#openUntil = 0
  }

  /** What was noted is void: something else happens to the gate first. */
  #drop(): void {
    this.#wanted = null
    this.#host.pushes.drop(this)
  }

  #abandon(): void {
    this.shut().catch((error: unknown) =>
      this.#context.logger.error('arp-shut-failed', { address: this.guarded.text, error: String(error) }),
    )
  }

  #timeout(grant: Grant, now: number, attempt: number): number {
    return Math.floor(Math.min(grant.until - now, this.#context.leaseMs) - TICK_MS - this.#host.driver.callMs * PATIENCE ** attempt)
  }

  #settle(grant: Grant, before: number, timeout: number): boolean {
    const after = this.#context.clock.now()
    if (after + timeout + TICK_MS > grant.until) return false
    this.#until = grant.until
    this.#openUntil = before + timeout
    return true
  }
}
