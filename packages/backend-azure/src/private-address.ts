import { BackendError } from '@movip/core/backend'
import { readBack } from '@movip/core/leading'
import type { Budget, Claiming, Lead, Leads } from '@movip/core/leading'
import type { Document, Documents } from './documents.ts'
import { backendError, kindOf } from './faults.ts'
import { isSameId, lastOf } from './resource-id.ts'

export interface PrivateAddressOptions {
  readonly documents: Documents
  readonly address: string
  /** Resource id of this machine's interface. */
  readonly own: string
  /** Where the interfaces of all nodes are: `/subscriptions/…/resourceGroups/…`. */
  readonly scope: string
}

const ATTEMPTS = 5
const ACTIVITY_LOG = 'see in the activity log of the network interface who else changes it; movip tries again'
const WRITE = 'Microsoft.Network/networkInterfaces/write'

/**
 * A secondary address of a network interface. Azure takes it from one interface and gives it to another in two steps, and between them nobody
 * has it: whoever claims next finds that out by looking, and goes on from there. The new IP configuration bears the epoch in its name.
 */
export class PrivateAddress implements Leads {
  readonly names: readonly string[]
  private readonly options: PrivateAddressOptions

  constructor(options: PrivateAddressOptions) {
    this.options = options
    this.names = [options.address]
  }

  async read(budget: Budget): Promise<readonly Lead[]> {
    const holder = await this.holder(budget)
    return [{ name: this.options.address, to: holder === undefined ? null : this.nameOf(holder.id) }]
  }

  /** This machine's own is always the same text, whatever its case in an answer. */
  private nameOf(id: string): string {
    return isSameId(id, this.options.own) ? this.options.own : id
  }

  private async holder(budget: Budget): Promise<Document | undefined> {
    const path = `${this.options.scope}/providers/Microsoft.Network/networkInterfaces`
    const asked = {
      permission: 'Microsoft.Network/networkInterfaces/read',
      resource: `the network interfaces of ${lastOf(this.options.scope)}`,
    }
    const all = await this.options.documents.list(path, budget).catch((error: unknown) => Promise.reject(backendError(error, asked)))
    return all.find((one) => configurationsOf(one).some((each) => this.isOurs(each)))
  }

  private isOurs({ properties }: Document): boolean {
    return properties['privateIPAddress'] === this.options.address
  }

  async lead(_: string, budget: Claiming): Promise<void> {
    const { address, own } = this.options
    const before = await this.holder(budget)
    if (before === undefined || !isSameId(before.id, own)) {
      const moved = before === undefined ? undefined : await this.takeFrom(before.id, budget)
      await this.give(moved, budget)
    }
    await readBack(address, own, { read: () => this.read(budget), fix: ACTIVITY_LOG }, budget)
  }

  /** Returns the configuration that had it. */
  private async takeFrom(id: string, budget: Budget): Promise<Document | undefined> {
    let taken: Document | undefined
    await this.change(id, budget, (all) => {
      taken = all.find((each) => this.isOurs(each))
      if (taken?.properties['primary'] === true)
        throw new BackendError(
          'CONFLICT',
          `${this.options.address} is the first address of ${lastOf(id)}, and cannot be taken from it`,
          'choose an address that is nobody’s own',
        )
      return taken === undefined ? null : all.filter((each) => each !== taken)
    })
    return taken
  }

  /** With all that the configuration had, but for what belongs to the interface that it came from. */
  private async give(moved: Document | undefined, budget: Claiming): Promise<void> {
    const { address, own } = this.options
    await this.change(own, budget, (all) => {
      if (all.some((each) => this.isOurs(each))) return null
      const [first] = all
      const name = `movip-${address.replaceAll('.', '-')}-e${budget.epoch}`
      const properties = {
        ...moved?.properties,
        privateIPAddress: address,
        privateIPAllocationMethod: 'Static',
        primary: false,
        subnet: first?.properties['subnet'],
      }
      return [...all, { id: `${own}/ipConfigurations/${name}`, name, properties }]
    })
  }

  /** Writes the interface with other configurations, if it has not changed since; null: nothing is to be written. */
  private async change(id: string, budget: Budget, to: (all: readonly Document[]) => readonly Document[] | null): Promise<void> {
    const { documents } = this.options
    for (let attempt = 1; ; attempt += 1) {
      try {
        const found = await documents.get(id, budget)
        const ipConfigurations = to(configurationsOf(found))
        if (ipConfigurations === null) return
        const condition = found.etag === undefined ? {} : { ifMatch: found.etag }
        await documents.put({ ...found, properties: { ...found.properties, ipConfigurations } }, condition, budget)
        return
      } catch (error) {
        if (attempt === ATTEMPTS || kindOf(error) !== 'stale')
          throw backendError(error, { permission: WRITE, resource: `network interface ${lastOf(id)}` })
      }
    }
  }

  /** Whether this machine's interface may be written, by an attempt that cannot succeed. Throws `BackendError`, unless it may. */
  async tryWrite(signal: AbortSignal): Promise<void> {
    const { documents, own } = this.options
    const budget = { until: -Infinity, signal }
    try {
      await documents.put(await documents.get(own, budget), { ifMatch: '"never"' }, budget)
    } catch (error) {
      if (kindOf(error) !== 'stale') throw backendError(error, { permission: WRITE, resource: `network interface ${lastOf(own)}` })
    }
  }
}

function configurationsOf({ properties }: Document): readonly Document[] {
  return (properties['ipConfigurations'] ?? []) as readonly Document[]
}
