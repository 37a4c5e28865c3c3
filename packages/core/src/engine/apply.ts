import type { ClusterSpec, ClusterState, Entry, EntryBody, Index, Maintenance, Stored } from '../model/index.ts'
import { canonical } from './canonical.ts'
import { rememberConfiguration } from './history.ts'
import { afterOrder, keepMembers } from './maintenance.ts'
import { rememberIncidents } from './incidents.ts'
import { endedBy } from './move-reports.ts'
import { rememberOrder } from './orders.ts'
import { afterAssign, afterCleared, afterSpec, withSuspects } from './suspects.ts'

/** So many moves are looked back on: all of a large cluster's groups at once, and small enough to be sent with every snapshot. */
export const MOVES_MAX = 500

/** The state before any entry, as every node of a new cluster starts with. */
function bootstrapState(spec: ClusterSpec): ClusterState {
  return { spec, assignments: {}, bindings: {}, longestLeaseMs: spec.timing.leaseMs }
}

/** What storage holds for a node that has never run. */
export function bootstrapStored(spec: ClusterSpec): Stored {
  return { hard: { term: 0, votedFor: null }, snapshot: { index: 0, term: 0, state: bootstrapState(spec) }, entries: [] }
}

/**
 * The state after one more committed entry. What is `fresh` belongs to the entries just before, and to nobody else: it is written in place,
 * so that very many assignments at once do not each copy all of them.
 */
export function applyEntry(state: ClusterState, entry: Entry, fresh: WeakSet<object> = new WeakSet()): ClusterState {
  const { body } = entry
  switch (body.type) {
    case 'noop':
      return state
    case 'assign':
      return assigned(state, entry.index, body, fresh)
    case 'cluster': {
      const { spec, note } = body
      return withMaintenance(
        withSuspects(
          {
            ...state,
            spec,
            bindings: bindingsOf(state, spec),
            longestLeaseMs: Math.max(state.longestLeaseMs, spec.timing.leaseMs),
            history: rememberConfiguration(state.history ?? [], { version: entry.index, spec, ...(note === undefined ? {} : { note }) }),
          },
          afterSpec(state, spec),
        ),
        keepMembers(state.maintenance, spec),
      )
    }
    case 'bind':
      return { ...state, bindings: { ...state.bindings, [body.node]: { dataId: body.dataId, generation: body.generation } } }
    case 'maintenance':
      return withMaintenance(
        { ...state, orders: rememberOrder(state.orders ?? [], { index: entry.index, order: body.order, note: body.note }) },
        afterOrder(state, body.order, body.note),
      )
    case 'moved':
      return state.moves === undefined ? state : { ...state, moves: endedBy(state.moves, body.reports) }
    case 'incidents':
      return { ...state, incidents: rememberIncidents(state.incidents ?? [], entry.index, body.incidents) }
    case 'cleared':
      return withSuspects(state, afterCleared(state, body.node, body.epochs))
  }
}

function assigned(state: ClusterState, epoch: Index, body: Extract<EntryBody, { type: 'assign' }>, fresh: WeakSet<object>): ClusterState {
  const { group, node, cause, phases, at } = body
  const from = state.assignments[group]?.node ?? null
  const suspects = afterAssign(state, body)
  const assignments = own(state.assignments, (all) => ({ ...all }), fresh)
  assignments[group] = { node, epoch, cause }
  const after = withSuspects({ ...state, assignments }, suspects)
  if (at === undefined) return after
  const moves = own(state.moves ?? [], (all) => [...all], fresh)
  moves.push({ group, from, to: node, epoch, cause, at, ...(phases === undefined ? {} : { phases }) })
  moves.splice(0, moves.length - MOVES_MAX)
  return { ...after, moves }
}

/** The same where it is fresh, else a copy that is. */
function own<T extends object, Own extends T>(shared: T, copy: (shared: T) => Own, fresh: WeakSet<object>): Own {
  if (fresh.has(shared)) return shared as Own
  const made = copy(shared)
  fresh.add(made)
  return made
}

function withMaintenance(state: ClusterState, maintenance: Maintenance | undefined): ClusterState {
  const { maintenance: before, ...rest } = state
  if (maintenance !== undefined) return { ...rest, maintenance }
  return before === undefined ? state : rest
}

/** A node that left may come back as a new member with another data folder. */
function bindingsOf(state: ClusterState, spec: ClusterSpec): ClusterState['bindings'] {
  return Object.fromEntries(Object.entries(state.bindings).filter(([node]) => spec.nodes.some(({ id }) => id === node)))
}

/** A short fingerprint of a configuration (FNV-1a, 32 bit): to see that two nodes count with the same, not to prove it. */
export function fingerprint(spec: ClusterSpec): string {
  const text = canonical(spec)
  let hash = 0x811c9dc5
  for (let position = 0; position < text.length; position += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(position), 0x01000193) >>> 0
  }
  return hash.toString(16).padStart(8, '0')
}
