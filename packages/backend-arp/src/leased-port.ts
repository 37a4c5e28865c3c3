import { BackendError } from '@movip/core/backend'
import type { Backend, BackendContext, Capabilities, Epoch, Finding, Grant, Observation } from '@movip/core/backend'
import { portOf } from './guarded.ts'
import type { Port } from './guarded.ts'
import { leaveHost } from './host.ts'
import type { Host, Resident } from './host.ts'
import { LeaseGate } from './lease-gate.ts'
import { missingCapabilities, RIGHTS_FIX } from './rights.ts'

export interface LeasedPortOptions {
  readonly host: Host
  readonly number: number
  readonly to: Port['to']
  readonly context: BackendContext
}

/** One port of this machine that is open to nobody but under the lease that the kernel keeps, whatever listens there. */
export class LeasedPort implements Backend, Resident {
  readonly capabilities: Capabilities = { exclusive: false, kernelFenced: true, settleMs: 0 }
  readonly guarded: Port
  readonly device = null
  readonly #host: Host
  readonly #context: BackendContext
  readonly #gate: LeaseGate
  #epoch: Epoch | null = null
  #closed = false

  constructor({ host, number, to, context }: LeasedPortOptions) {
    this.guarded = portOf(number, to)
    this.#host = host
    this.#context = context
    this.#gate = new LeaseGate(host, this.guarded, context)
  }

  async preflight(): Promise<readonly Finding[]> {
    const missing = missingCapabilities()
    const { trouble } = this.#host.gate
    if (missing.length > 0)
      return [{ severity: 'error', code: `ARP_NO_${missing[0]}`, message: `this process lacks ${missing.join(' and ')}`, fix: RIGHTS_FIX }]
    return trouble === null ? [] : [{ severity: 'error', ...trouble }]
  }

  async observe(): Promise<Observation> {
    try {
      return { state: (await this.#host.driver.isOpen(this.#host.gate.table, this.guarded)) ? 'here' : 'nowhere' }
    } catch (error) {
      return { state: 'unknown', why: error instanceof Error ? error.message : String(error) }
    }
  }

  async claim(grant: Grant, signal: AbortSignal): Promise<void> {
    if (!this.#host.gate.guards(this.guarded)) await this.#host.gate.ensure()
    this.#host.gate.demand(this.guarded)
    signal.throwIfAborted()
    this.#epoch = grant.epoch
    if ((await this.#gate.push(grant)) && !signal.aborted) return
    await this.#shut()
    signal.throwIfAborted()
    throw new BackendError('LAPSED', `the lease ended before ${this.guarded.text} could be opened`, 'none: movip claims again')
  }

  renew(grant: Grant): boolean {
    return this.#epoch === grant.epoch && this.#gate.extend(grant)
  }

  async release(epoch: Epoch): Promise<void> {
    if (this.#epoch === null || this.#epoch <= epoch) await this.#shut()
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await leaveHost(this.#context.cluster, this.#host, this)
  }

  onLink(): void {}

  onAddressGone(): void {}

  async onGateLost(): Promise<void> {
    this.#gate.forget()
    this.#epoch = null
  }

  onGateRestored(): void {
    this.#context.changed('the nftables gate was removed or altered by somebody else, and restored')
  }

  async #shut(): Promise<void> {
    this.#epoch = null
    await this.#gate.shut()
  }
}
