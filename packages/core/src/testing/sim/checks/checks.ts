import type { Effect } from '../../../engine/types.ts'
import type { Message, NodeId } from '../../../model/index.ts'
import { LedgerCheck } from './ledger.ts'
import type { Logged } from './ledger.ts'
import { RightsCheck } from './rights.ts'
import type { Watched } from './rights.ts'
import { violate } from './violation.ts'
import { WireCheck } from './wire.ts'

type Subject = Watched & Logged
type Lease = Extract<Effect, { type: 'lease' }>

/** All checkers of a world; each throws at the moment at which its rule breaks. */
export class Checks {
  readonly rights: RightsCheck
  readonly ledger: LedgerCheck
  readonly wire = new WireCheck()
  readonly #now: () => number

  constructor(nodes: readonly Subject[], now: () => number) {
    this.#now = now
    this.rights = new RightsCheck(nodes)
    const byId: ReadonlyMap<NodeId, Logged> = new Map(nodes.map((node) => [node.id, node]))
    this.ledger = new LedgerCheck(byId, (group, node, epoch) => this.rights.assigned(now(), group, node, epoch))
  }

  sent(node: Subject, message: Message): void {
    this.wire.sent(node, message)
    if (message.type === 'beat') this.ledger.says(node, message.term, message.coordinator === message.from, message.commit)
    else if (message.type === 'append') this.ledger.says(node, message.term, true, message.commit)
  }

  lease(node: Subject, lease: Lease): void {
    const { group, epoch } = lease
    const body = this.ledger.entryAt(epoch)?.body
    if (body?.type !== 'assign' || body.group !== group || body.node !== node.id) {
      violate(
        'lease by a committed assignment',
        `${node.id} takes a lease of ${group}@${epoch}, but entry ${epoch} ${body === undefined ? 'is not committed' : `says ${JSON.stringify(body)}`}`,
      )
    }
    if (node.durable.lastIndex < epoch)
      violate('lease by an entry on disk', `${node.id} takes a lease of ${group}@${epoch} with ${node.durable.lastIndex} on disk`)
    this.rights.lease(this.#now(), node, group, epoch, lease.until)
  }

  fatal(node: Subject, message: string): void {
    violate('no false alarm', `${node.id} gives up although nothing is wrong with its data: ${message}`)
  }
}
