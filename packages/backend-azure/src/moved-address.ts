import { readBack } from '@movip/core/leading'
import type { Budget, Claiming, Lead, Leads } from '@movip/core/leading'
import type { Document, Documents } from './documents.ts'
import { backendError, kindOf } from './faults.ts'
import { configurationsOf, hasAll, hasAny, having, nameOf, without } from './ip-configurations.ts'
import type { Moved } from './ip-configurations.ts'
import { isSameId, lastOf } from './resource-id.ts'

export interface MovedAddressOptions {
  readonly documents: Documents
  readonly moved: Moved
  /** Resource id of this machine's interface. */
  readonly own: string
  /** Where the interfaces of all nodes are: `/subscriptions/…/resourceGroups/…`. */
  readonly scope: string
}

const ATTEMPTS = 5
const ACTIVITY_LOG = 'see in the activity log of the network interface who else changes it; movip tries again'
const WRITE = 'Microsoft.Network/networkInterfaces/write'

/** An interface to be: its configurations, and what its journal says of them. */
interface Draft {
  readonly ipConfigurations: readonly Document[]
  readonly note: string
}

/**
 * A secondary address of a network interface, a public IP, or both. Azure takes them from one interface and gives them to another in two steps,
 * and between them nobody has them: whoever claims next finds that out by looking, and goes on from there. Each step writes its epoch into a tag of
 * the interface with the same call, so that whoever finds them nowhere reads why.
 */
export class MovedAddress implements Leads {
  readonly names: readonly string[]
  private readonly options: MovedAddressOptions

  constructor(options: MovedAddressOptions) {
    this.options = options
    this.names = [nameOf(options.moved)]
  }

  async read(budget: Budget): Promise<readonly Lead[]> {
    const { moved } = this.options
    const all = await this.interfaces(budget)
    const whole = all.find((one) => hasAll(configurationsOf(one), moved))
    const part = all.find((one) => hasAny(configurationsOf(one), moved))
    const to = whole !== undefined ? this.textOf(whole.id) : part === undefined ? null : `${part.id} (not all of it)`
    return [{ name: nameOf(moved), to }]
  }

  /** This machine's own is always the same text, whatever its case in an answer. */
  private textOf(id: string): string {
    return isSameId(id, this.options.own) ? this.options.own : id
  }

  private interfaces(budget: Budget): Promise<readonly Document[]> {
    const { documents, scope } = this.options
    const asked = { permission: 'Microsoft.Network/networkInterfaces/read', resource: `the network interfaces of ${lastOf(scope)}` }
    return documents
      .list(`${scope}/providers/Microsoft.Network/networkInterfaces`, budget)
      .catch((error: unknown) => Promise.reject(backendError(error, asked)))
  }

  async lead(name: string, budget: Claiming): Promise<void> {
    const { own, moved } = this.options
    const all = await this.interfaces(budget)
    let before: Document | null = null
    for (const { id } of all.filter((one) => !isSameId(one.id, own) && hasAny(configurationsOf(one), moved)))
      before = (await this.takeFrom(id, budget)) ?? before
    await this.give(before, budget)
    await readBack(name, own, { read: () => this.read(budget), fix: ACTIVITY_LOG }, budget)
  }

  /** Returns the configuration that had the address; null: none. */
  private async takeFrom(id: string, budget: Claiming): Promise<Document | null> {
    const { moved, own } = this.options
    let taken: Document | undefined
    await this.change(id, budget, (all) => {
      if (!hasAny(all, moved)) return null
      const ipConfigurations = without(all, moved)
      taken = all.find((one) => !ipConfigurations.some((left) => left.id === one.id))
      return { ipConfigurations, note: `e${budget.epoch}: taken for ${lastOf(own)}` }
    })
    return taken ?? null
  }

  private async give(before: Document | null, budget: Claiming): Promise<void> {
    const { moved, own } = this.options
    const { epoch } = budget
    await this.change(own, budget, (all) => {
      if (hasAll(all, moved)) return null
      return { ipConfigurations: having(all, moved, { nic: own, epoch, before }), note: `e${epoch}: given` }
    })
  }

  /** Writes the interface anew, if it has not changed since; null: nothing is to be written. */
  private async change(id: string, budget: Budget, to: (all: readonly Document[]) => Draft | null): Promise<void> {
    const { documents, moved } = this.options
    for (let attempt = 1; ; attempt += 1) {
      try {
        const found = await documents.get(id, budget)
        const draft = to(configurationsOf(found))
        if (draft === null) return
        const { ipConfigurations, note } = draft
        const condition = found.etag === undefined ? {} : { ifMatch: found.etag }
        const tags = { ...(found['tags'] as object | undefined), [`movip-${nameOf(moved)}`]: note }
        await documents.put({ ...found, tags, properties: { ...found.properties, ipConfigurations } }, condition, budget)
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
