import { setTimeout as sleep } from 'node:timers/promises'
import { refuseLapsed } from '@movip/core/leading'
import type { Budget, Claiming, Lead, Leads } from '@movip/core/leading'
import type { Clock } from '@movip/core/backend'
import { changeTo } from './change.ts'
import type { Wanted } from './change.ts'
import { DnsError } from './errors.ts'
import { textOf } from './records.ts'
import type { Store } from './store.ts'

export interface PointerOptions {
  readonly stores: readonly Store[]
  readonly wanted: Omit<Wanted, 'epoch' | 'nowMs'>
  readonly clock: Clock
  /** Time of day, ms since 1970. */
  readonly wallMs: () => number
}

/** Somebody else may change the name between a look and the change that follows from it, but not for ever. */
const ATTEMPTS = 5
/** After a change those who only hear of it are asked after so long, each time a little later. */
const READ_BACK_MS: readonly number[] = [0, 20, 40, 80, 160, 300, 600, 1200]

/** A name that points at the site that serves, in every place that knows it. */
export class Pointer implements Leads {
  readonly names: readonly string[]
  private readonly options: PointerOptions

  constructor(options: PointerOptions) {
    this.options = options
    this.names = options.stores.map(({ name }) => name)
  }

  /** Of the places that answer. Throws `DnsError` where none does. */
  async read({ signal }: Budget): Promise<readonly Lead[]> {
    const told = await Promise.allSettled(
      this.options.stores.map(async (store): Promise<Lead> => {
        const { values } = await store.read(signal)
        return { name: store.name, to: values.length === 0 ? null : textOf(values) }
      }),
    )
    const leads = told.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    if (leads.length > 0) return leads
    throw told.find((one) => one.status === 'rejected')?.reason ?? new Error('invariant: a name is known somewhere')
  }

  /** One attempt: whoever wants more makes another one. */
  async lead(name: string, claiming: Claiming): Promise<void> {
    const store = this.options.stores.find((one) => one.name === name)
    if (store === undefined) throw new Error(`invariant: ${name} is one of ${this.names.join(', ')}`)
    if (store.isWritten) await this.write(store, claiming)
    await this.untilKnown(store, claiming.signal)
  }

  private async write(store: Store, { epoch, until, signal }: Claiming): Promise<void> {
    const { wanted, clock, wallMs } = this.options
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const held = await store.read(signal)
      const change = changeTo(held, { ...wanted, epoch, nowMs: wallMs() })
      if (change === null) return
      refuseLapsed(clock, { until, signal })
      if ((await store.write(held, change, signal)) === 'done') {
        await store.settled?.(signal)
        return
      }
    }
    const message = `${wanted.name} was changed on ${store.name} by somebody else before each of ${ATTEMPTS} attempts`
    throw new DnsError('DNS_RIVAL', 'CONFLICT', message, `find who else writes ${wanted.name} on ${store.name}, and stop that`)
  }

  private async untilKnown(store: Store, signal: AbortSignal): Promise<void> {
    const { wanted } = this.options
    let known = ''
    for (const pauseMs of READ_BACK_MS) {
      await sleep(pauseMs, undefined, { signal })
      const { values } = await store.read(signal)
      if (textOf(values) === textOf(wanted.values)) return
      known = values.length === 0 ? 'nothing' : textOf(values)
    }
    throw new DnsError(
      'DNS_BEHIND',
      'FAILED',
      `${store.name} answers ${known} for ${wanted.name}, and not yet ${textOf(wanted.values)}`,
      store.isWritten
        ? `see the log of ${store.name}: it has taken the change and does not answer with it`
        : `let the primary notify ${store.name} of changes and transfer the zone to it, and see the log of both`,
    )
  }
}
