import type { EngineStatus } from '../../../engine/types.ts'
import type {
  ClusterSpec,
  ClusterState,
  Entry,
  EntryBody,
  Epoch,
  GroupId,
  Index,
  Maintenance,
  NodeId,
  Snapshot,
  Suspects,
} from '../../../model/index.ts'
import type { Logged } from './ledger.ts'
import { violate } from './violation.ts'

/** A group changes hands, as the log tells it. */
export interface Handover {
  readonly group: GroupId
  readonly node: NodeId | null
  readonly previous: NodeId | null
  readonly epoch: Epoch
  readonly cause: string
}

/** What every node must have made of the log, worked out a second time, without the shipped code. */
export class StatesCheck {
  /** By index: what the log up to there amounts to. */
  readonly #states: ClusterState[]
  readonly #texts: string[]
  #configuredAt: Index = Infinity
  readonly #handovers = new Map<Epoch, Handover>()
  readonly #seen = new Map<NodeId, { readonly index: Index; readonly state: ClusterState }>()

  constructor(bootstrap: ClusterState) {
    this.#states = [bootstrap]
    this.#texts = [textOf(bootstrap)]
  }

  /** The longest lease that any applied configuration named. */
  get longestLeaseMs(): number {
    return this.#states.at(-1)?.longestLeaseMs ?? 0
  }

  /** The engine of `node` has applied everything up to `index`, and this is what it has made of it. */
  applied(node: Logged, index: Index, state: ClusterState): void {
    const seen = this.#seen.get(node.id)
    if (seen?.index === index && seen.state === state) return
    this.#seen.set(node.id, { index, state })
    for (let next = this.#states.length; next <= index; next++) this.#fold(node, next)
    // Before the first configuration in the log each node has that of the file it was born with.
    if (index < this.#configuredAt) return
    if (textOf(state) !== this.#texts[index]) this.#differ(`${node.id} has applied ${index} entries`, index, state)
  }

  /** `node` asks its disk for this snapshot. */
  saves(node: NodeId, { index, state }: Snapshot): void {
    const expected = this.#texts[index]
    if (index >= this.#configuredAt && expected !== undefined && textOf(state) !== expected)
      this.#differ(`${node} saves a snapshot of ${index} entries`, index, state)
  }

  /** What `node` tells an operator about the groups is what it has applied. */
  tells(node: NodeId, { applied, groups }: EngineStatus): void {
    const state = this.#states[applied]
    if (state === undefined) return
    for (const { id, holder, epoch, cause } of groups) {
      const known = state.assignments[id] ?? { node: null, epoch: 0, cause }
      if (holder !== known.node || epoch !== known.epoch || cause !== known.cause) {
        violate(
          'status is true',
          `${node} says ${id} is at ${holder ?? 'nobody'}@${epoch} (${cause}); by entry ${applied} it is at ${known.node ?? 'nobody'}@${known.epoch} (${known.cause})`,
        )
      }
    }
  }

  /** The change of hands that an entry makes; undefined: it makes none. */
  handover(epoch: Epoch): Handover | undefined {
    return this.#handovers.get(epoch)
  }

  #fold(node: Logged, index: Index): void {
    const entry = node.written.entryAt(index)
    const before = this.#states[index - 1]
    if (entry === undefined || before === undefined)
      violate('state machines agree', `${node.id} has applied ${index}, which is not in its log`)
    const after = follow(before, entry)
    this.#states[index] = after
    this.#texts[index] = textOf(after)
    if (entry.body.type === 'cluster') this.#configuredAt = Math.min(this.#configuredAt, index)
    if (entry.body.type !== 'assign') return
    const { group, node: holder, cause } = entry.body
    const previous = before.assignments[group]?.node ?? null
    this.#handovers.set(index, { group, node: holder, previous, epoch: index, cause })
  }

  #differ(what: string, index: Index, state: ClusterState): never {
    violate('state machines agree', `${what} and makes of them ${textOf(state)}, which should be ${this.#texts[index] ?? '?'}`)
  }
}

/** What one more entry changes. */
function follow(before: ClusterState, { index, body }: Entry): ClusterState {
  const assignments = new Map(Object.entries(before.assignments))
  const bindings = new Map(Object.entries(before.bindings))
  const { spec, longestLeaseMs } = body.type === 'cluster' ? configured(before, body.spec) : before
  const configurations = [...(before.history ?? [])]
  if (body.type === 'cluster')
    configurations.push({ version: index, spec: body.spec, ...(body.note === undefined ? {} : { note: body.note }) })
  const orders = [...(before.orders ?? [])]
  if (body.type === 'maintenance') orders.push({ index, order: body.order, note: body.note })
  const incidents = [...(before.incidents ?? [])]
  if (body.type === 'incidents') for (const incident of body.incidents) incidents.push({ index, ...incident })
  const maintenance = maintained(before, spec, body)
  const suspects = suspected(before, spec, body)
  if (body.type === 'assign') assignments.set(body.group, { node: body.node, epoch: index, cause: body.cause })
  if (body.type === 'bind') bindings.set(body.node, { dataId: body.dataId, generation: body.generation })
  if (body.type === 'cluster')
    for (const bound of bindings.keys()) if (!spec.nodes.some((node) => node.id === bound)) bindings.delete(bound)
  return {
    spec,
    assignments: Object.fromEntries(assignments),
    bindings: Object.fromEntries(bindings),
    longestLeaseMs,
    ...(configurations.length === 0 ? {} : { history: configurations.slice(-MOST_CONFIGURATIONS) }),
    ...(orders.length === 0 ? {} : { orders: orders.slice(-MOST_ORDERS) }),
    ...(incidents.length === 0 ? {} : { incidents: incidents.slice(-MOST_INCIDENTS) }),
    ...(maintenance === null ? {} : { maintenance }),
    ...(suspects.length === 0 ? {} : { suspects: bySuspected(suspects) }),
  }
}

/** So many configurations are remembered; those of simulated clusters are short. */
const MOST_CONFIGURATIONS = 20
/** So many orders are. */
const MOST_ORDERS = 100
/** So many incidents are. */
const MOST_INCIDENTS = 100

/** Who is drained, and what is paused, after an entry. null: nothing. */
function maintained({ maintenance }: ClusterState, spec: ClusterSpec, body: EntryBody): Maintenance | null {
  const drained = new Map(Object.entries(maintenance?.drained ?? {}))
  const paused = new Map(Object.entries(maintenance?.paused ?? {}))
  let pausedAll = maintenance?.pausedAll ?? null
  const order = body.type === 'maintenance' ? body.order : null
  const note = body.type === 'maintenance' ? body.note : null
  if (order?.action === 'drain' && note !== null) for (const node of order.nodes) drained.set(node, note)
  if (order?.action === 'resume') for (const node of order.nodes) drained.delete(node)
  if (order?.action === 'pause' && order.group === null) pausedAll = note
  if (order?.action === 'pause' && order.group !== null && note !== null) paused.set(order.group, note)
  if (order?.action === 'unpause' && order.group !== null) paused.delete(order.group)
  if (order?.action === 'unpause' && order.group === null) {
    pausedAll = null
    paused.clear()
  }
  for (const node of drained.keys()) if (!spec.nodes.some(({ id }) => id === node)) drained.delete(node)
  for (const group of paused.keys()) if (!spec.groups.some(({ id }) => id === group)) paused.delete(group)
  if (drained.size + paused.size === 0 && pausedAll === null) return null
  return { drained: Object.fromEntries(drained), paused: Object.fromEntries(paused), pausedAll }
}

/** A former holder that may still run a group which asks for a fence. */
type Suspected = readonly [group: GroupId, node: NodeId, epoch: Epoch]

/** Who is under suspicion after an entry, the earliest first. */
function suspected({ suspects = {}, assignments }: ClusterState, spec: ClusterSpec, body: EntryBody): readonly Suspected[] {
  const all: Suspected[] = Object.entries(suspects).flatMap(([group, those]) =>
    those.map(({ node, epoch }): Suspected => [group, node, epoch]),
  )
  if (body.type === 'cleared') return all.filter(([, node, epoch]) => node !== body.node || !body.epochs.includes(epoch))
  if (body.type === 'cluster')
    return all.filter(
      ([group]) => spec.groups.find(({ id }) => id === group)?.fence !== undefined || !spec.groups.some(({ id }) => id === group),
    )
  if (body.type !== 'assign' || body.unreleased === undefined) return all
  const { node = null, epoch = 0 } = assignments[body.group] ?? {}
  return node === null ? all : [...all, [body.group, node, epoch]]
}

function bySuspected(all: readonly Suspected[]): Suspects {
  const groups = Map.groupBy(all, ([group]) => group)
  return Object.fromEntries([...groups].map(([group, those]) => [group, those.map(([, node, epoch]) => ({ node, epoch }))]))
}

function configured(before: ClusterState, spec: ClusterSpec): { spec: ClusterSpec; longestLeaseMs: number } {
  return { spec, longestLeaseMs: Math.max(before.longestLeaseMs, spec.timing.leaseMs) }
}

/** Byte for byte what a state is. Configurations are long and seldom change, so each is put into words once. */
function textOf({
  spec,
  assignments,
  bindings,
  longestLeaseMs,
  history = [],
  orders,
  incidents,
  maintenance,
  suspects = {},
}: ClusterState): string {
  const past = history.map((made) => `${made.version} ${JSON.stringify(made.note)} ${specText(made.spec)}`).join()
  const under = Object.entries(suspects)
    .map(([group, those]) => `${group} ${JSON.stringify(those)}`)
    .toSorted()
    .join()
  const rest = `${past} ${JSON.stringify(orders)} ${JSON.stringify(incidents)} ${JSON.stringify(maintenance)} ${under} ${specText(spec)}`
  return `${JSON.stringify(assignments)} ${JSON.stringify(bindings)} longest ${longestLeaseMs} ${rest}`
}

const specTexts = new WeakMap<ClusterSpec, string>()

function specText(spec: ClusterSpec): string {
  const known = specTexts.get(spec)
  if (known !== undefined) return known
  const text = JSON.stringify(spec)
  specTexts.set(spec, text)
  return text
}
