import type { ChangeNote, ClusterSpec, ClusterState, Fitness, GroupId, Maintenance, MaintenanceOrder, NodeId } from '../model/index.ts'
import type { Decision, PlaceInput } from '../placement/place.ts'

/** Everything is in movip's hands. */
export const NONE: Maintenance = { drained: {}, paused: {}, pausedAll: null }

/** What operators have taken out of movip's hands once this order is carried out. undefined: nothing. */
export function afterOrder({ maintenance = NONE }: ClusterState, order: MaintenanceOrder, note: ChangeNote): Maintenance | undefined {
  const { drained, paused, pausedAll } = maintenance
  switch (order.action) {
    case 'drain':
      return { drained: { ...drained, ...Object.fromEntries(order.nodes.map((node) => [node, note])) }, paused, pausedAll }
    case 'resume':
      return unlessNothing({ drained: without(drained, order.nodes), paused, pausedAll })
    case 'pause':
      return order.group === null
        ? { drained, paused, pausedAll: note }
        : { drained, paused: { ...paused, [order.group]: note }, pausedAll }
    case 'unpause':
      return order.group === null
        ? unlessNothing({ drained, paused: {}, pausedAll: null })
        : unlessNothing({ drained, paused: without(paused, [order.group]), pausedAll })
  }
}

/** Who leaves is forgotten: should a node or group of that name come again, it is another one. */
export function keepMembers(maintenance: Maintenance | undefined, { nodes, groups }: ClusterSpec): Maintenance | undefined {
  if (maintenance === undefined) return undefined
  const { drained, paused, pausedAll } = maintenance
  const isNode = (name: string): boolean => nodes.some(({ id }) => id === name)
  const isGroup = (name: string): boolean => groups.some(({ id }) => id === name)
  return unlessNothing({ drained: only(drained, isNode), paused: only(paused, isGroup), pausedAll })
}

/** Whether an operator has taken the node out of service. */
function isDrained({ maintenance }: ClusterState, node: NodeId): boolean {
  return maintenance !== undefined && Object.hasOwn(maintenance.drained, node)
}

/**
 * A paused group stays with the node that has it, whatever becomes of that node, and goes back to it once it was let go. A move that had
 * begun before is ended, and what its node has let go and cannot take back is placed, as is what nobody has: else nobody would serve it
 * until the pause is over. What an operator asked for by name is not judged here.
 */
export function unlessPaused(state: Pick<ClusterState, 'maintenance'>, decision: Decision, input: PlaceInput): Decision {
  const owner = input.current?.node ?? null
  if (decision.action === 'stay' || owner === null || decision.to === owner || input.wish !== null) return decision
  if (!isPaused(state, decision.group)) return decision
  const { group, blocked, ranking, warnings, why } = decision
  const reasons = { group, blocked, ranking, warnings }
  const fate = input.holder.released ? afterRelease(input, owner, blocked) : 'wait'
  if (fate === 'move') return decision
  if (fate === 'wait') return { ...reasons, action: 'stay', why: `paused by an operator; ${why}` }
  return { ...reasons, action: 'assign', to: owner, why: `paused by an operator; ${owner} released it` }
}

/** What becomes of a paused group that its node has let go. One that only starts, leaves or is away may take it back soon. */
function afterRelease({ candidates, holder }: PlaceInput, owner: NodeId, blocked: Decision['blocked']): 'move' | 'back' | 'wait' {
  const held = candidates.find(({ node }) => node === owner)
  if (held === undefined || holder.wasAsked === true) return 'move'
  if (blocked[owner] === undefined) return 'back'
  return held.fitness.level === 'unfit' || held.forbidden !== undefined ? 'move' : 'wait'
}

/** Whether the group is to stay where it is unless an operator asks. */
export function isPaused({ maintenance }: Pick<ClusterState, 'maintenance'>, group: GroupId): boolean {
  return maintenance !== undefined && (maintenance.pausedAll !== null || Object.hasOwn(maintenance.paused, group))
}

/** What a node says of its fitness, and what operators say of it. */
export function fitnessUnder(state: ClusterState, node: NodeId, said: Fitness): Fitness {
  if (!isDrained(state, node)) return said
  return { level: 'unfit', reasons: ['drained by an operator', ...said.reasons] }
}

function unlessNothing(maintenance: Maintenance): Maintenance | undefined {
  const { drained, paused, pausedAll } = maintenance
  return pausedAll === null && Object.keys(drained).length === 0 && Object.keys(paused).length === 0 ? undefined : maintenance
}

type Notes = Readonly<Record<string, ChangeNote>>

function without(notes: Notes, names: readonly string[]): Notes {
  return only(notes, (name) => !names.includes(name))
}

function only(notes: Notes, isKept: (name: string) => boolean): Notes {
  return Object.fromEntries(Object.entries(notes).filter(([name]) => isKept(name)))
}
