import type { Epoch, GroupId, HandedLease, Index, NodeId } from '../../../model/index.ts'
import type { SimClock } from '../clock.ts'
import { violate } from './violation.ts'

/** A node's right to serve a group, on the scale of true time. */
interface Right {
  readonly epoch: Epoch
  readonly life: number
  until: number
}

/** What a checker may know about a node that nobody inside the world knows. */
export interface Watched {
  readonly id: NodeId
  readonly clock: SimClock
  readonly life: number
  /** Last index on its disk when this life began: every epoch up to it is old. */
  readonly oldUpTo: Index
  /** By epoch what the life before, which this one has replaced, handed over to it. */
  readonly adopted?: ReadonlyMap<Epoch, HandedLease>
  /** True time since which its daemon could notice what happens; Infinity: it cannot. */
  readonly awakeSince: number
  isUp(group: GroupId): boolean
  /** The same by what its kernel ends with the lease. */
  isFencedUp(group: GroupId): boolean
}

/** However late an event loop comes round to a timer, it has done so by then. */
const PATIENCE_MS = 2000

/** Rounding of clocks to and fro, far below anything a rule is about. */
export const ROUNDING_MS = 1e-4

/** Never two; epochs grow; released is final; nothing is claimed without a right. */
export class RightsCheck {
  readonly #nodes: readonly Watched[]
  readonly #rights = new Map<GroupId, Map<NodeId, Right>>()
  readonly #served = new Map<GroupId, { epoch: Epoch; node: NodeId; life: number }>()
  readonly #released = new Set<string>()
  /** The epoch under which traffic came last, by a claim that got there in time. */
  readonly #came = new Map<string, Epoch>()

  constructor(nodes: readonly Watched[]) {
    this.#nodes = nodes
  }

  /** The engine of `node` gives its runner a lease. */
  lease(now: number, node: Watched, group: GroupId, epoch: Epoch, until: number): void {
    const end = node.clock.trueAt(until)
    if (epoch <= node.oldUpTo && node.adopted?.has(epoch) !== true)
      violate('old epoch', `${node.id} takes a lease of ${group} at epoch ${epoch}, which was on its disk when it started`)
    if (this.#released.has(`${node.id} ${group} ${epoch}`))
      violate('released is final', `${node.id} takes a lease of ${group}@${epoch} after it said that it released it`)
    if (end <= now) return
    const rights = this.#rightsOf(group)
    for (const [other, right] of rights) {
      if (other !== node.id && right.until > now + ROUNDING_MS) {
        violate(
          'never two leases',
          `${node.id} holds a lease of ${group}@${epoch} while that of ${other}@${right.epoch} runs for another ${(right.until - now).toFixed(3)} ms`,
        )
      }
    }
    const own = rights.get(node.id)
    if (own !== undefined && own.epoch === epoch && own.life === node.life) own.until = Math.max(own.until, end)
    else rights.set(node.id, { epoch, life: node.life, until: end })
    this.#grew(node, group, epoch)
  }

  /** The engine of `node` was told that everything is down under this epoch. */
  released(node: Watched, group: GroupId, epoch: Epoch): void {
    if (node.isUp(group)) violate('released means down', `${node.id} says it released ${group}@${epoch} while its address is up`)
    this.#released.add(`${node.id} ${group} ${epoch}`)
    const right = this.#rights.get(group)?.get(node.id)
    if (right !== undefined && right.epoch <= epoch) right.until = -Infinity
  }

  /** `node` says in a beat that it has let go of the group under this epoch: nothing may be up that was claimed under it or before. */
  says(node: Watched, group: GroupId, epoch: Epoch): void {
    const came = this.#came.get(`${node.id} ${group}`) ?? Infinity
    if (came <= epoch && node.isUp(group))
      violate('released means down', `${node.id} says it released ${group}@${epoch} while what it claimed under ${came} is up`)
  }

  /** `node` says in a beat that it holds the group, on its way up or down. */
  lists(node: Watched, group: GroupId, epoch: Epoch): void {
    if (this.#released.has(`${node.id} ${group} ${epoch}`))
      violate('released is final', `${node.id} lists ${group}@${epoch} although its runner has said that everything is down`)
  }

  /** The machine of `node` is down as a whole, and every right of it with it. */
  rebooted(node: Watched): void {
    for (const rights of this.#rights.values()) rights.delete(node.id)
  }

  /** Leftovers of earlier lives of `node` are down. */
  swept(node: Watched): void {
    for (const rights of this.#rights.values()) {
      const right = rights.get(node.id)
      if (right !== undefined && right.life < node.life) right.until = -Infinity
    }
  }

  /** Traffic begins to come to `node`. */
  up(now: number, node: Watched, group: GroupId, epoch: Epoch, until: number): void {
    // A call that gets there after its lease, to what nothing fences, may find another node in its right (docs/safety.md, what is left).
    const isInTime = node.clock.trueAt(until) > now
    for (const other of this.#nodes) {
      if (isInTime && other.id !== node.id && other.isFencedUp(group))
        violate('never two', `the address of ${group} comes up on ${node.id} (epoch ${epoch}) while it is up on ${other.id}`)
    }
    const right = this.#rightsOf(group).get(node.id)
    if (right === undefined || right.epoch < epoch || (right.epoch === epoch && right.until + ROUNDING_MS < node.clock.trueAt(until))) {
      violate('no claim without a lease', `${node.id} claims ${group}@${epoch} for longer than a lease of it runs`)
    }
    if (isInTime) this.#grew(node, group, epoch)
    this.#came.set(`${node.id} ${group}`, isInTime ? epoch : Infinity)
  }

  /** A claim that its caller had not given up has got there: its lease runs, or nobody could notice its end so soon. */
  landed(now: number, node: Watched, group: GroupId, epoch: Epoch): void {
    const right = this.#rightsOf(group).get(node.id)
    const end = right?.epoch === epoch ? right.until : -Infinity
    if (now > Math.max(end, node.awakeSince) + PATIENCE_MS)
      violate('late calls are aborted', `${node.id} still claims ${group}@${epoch}, whose lease ended at ${end.toFixed(3)}`)
  }

  /** Does a lease of the group run on the node? */
  runs(now: number, node: NodeId, group: GroupId): boolean {
    return (this.#rights.get(group)?.get(node)?.until ?? -Infinity) > now
  }

  /** Every group of which a lease runs, and where. */
  running(now: number): readonly { readonly group: GroupId; readonly node: NodeId }[] {
    const all: { group: GroupId; node: NodeId }[] = []
    for (const [group, rights] of this.#rights) for (const [node, right] of rights) if (right.until > now) all.push({ group, node })
    return all
  }

  /** The log gives `group` to `holder`: by then no lease of anybody else may run. */
  assigned(now: number, group: GroupId, holder: NodeId | null, epoch: Epoch): void {
    for (const [node, right] of this.#rightsOf(group)) {
      if (node !== holder && right.until > now + ROUNDING_MS) {
        violate(
          'promise before commit',
          `${group}=>${holder ?? 'nobody'}@${epoch} is committed while the lease of ${node}@${right.epoch} runs for another ${(right.until - now).toFixed(3)} ms`,
        )
      }
    }
  }

  #grew(node: Watched, group: GroupId, epoch: Epoch): void {
    const last = this.#served.get(group)
    if (last !== undefined && epoch < last.epoch)
      violate('epochs grow', `${node.id} serves ${group} at epoch ${epoch} after ${last.node} served it at ${last.epoch}`)
    const isSame = last?.node === node.id && (last.life === node.life || node.adopted?.has(epoch) === true)
    if (last !== undefined && epoch === last.epoch && !isSame) {
      violate('epochs grow', `${node.id} serves ${group} at epoch ${epoch}, which ${last.node} served in another life`)
    }
    if (last === undefined || epoch > last.epoch || isSame) this.#served.set(group, { epoch, node: node.id, life: node.life })
  }

  #rightsOf(group: GroupId): Map<NodeId, Right> {
    let rights = this.#rights.get(group)
    if (rights === undefined) this.#rights.set(group, (rights = new Map<NodeId, Right>()))
    return rights
  }
}
