import type { Assignment, Beat, ClusterSpec, ClusterState, Fitness, GroupId, Holding, Instant, NodeId } from '../model/index.ts'
import type { NodeState } from '../placement/place-all.ts'
import { fitnessUnder } from './maintenance.ts'
import type { Peers, PeerView } from './peers.ts'

export interface SurveyContext {
  readonly state: ClusterState
  readonly peers: Peers
  /** The newest assignments in the log, committed or not. */
  readonly latest: ReadonlyMap<GroupId, Assignment>
  readonly reachable: ReadonlySet<NodeId>
}

/** What placement has to know of the nodes. */
export function surveyNodes({ state, peers, latest, reachable }: SurveyContext, now: Instant): ReadonlyMap<NodeId, NodeState> {
  return new Map(
    state.spec.nodes.map(({ id }) => {
      const view = peers.get(id)
      const { leaving = false } = view?.beat.report ?? {}
      const fitness = view === undefined ? {} : fitnessOf(state, id, whileStopping(view.beat.report.fitness, view.beat.holds, latest))
      const upMs = view === undefined ? undefined : upOf(view, now)
      const known = { reachable: reachable.has(id), leaving, fitness, ...positionsOf(view?.beat) }
      return [id, upMs === undefined ? known : { ...known, upMs }]
    }),
  )
}

/**
 * What the node said. One that is stuck with the service of a group may still run it, and could not start it. One that still stops the service of a group under another epoch than the newest lists that, and gets no lease of the
 * group, since voters deny the group and not the epoch: it is to be chosen only once that is down.
 */
export function whileStopping(
  said: Readonly<Record<GroupId, Fitness>>,
  holds: readonly Holding[],
  latest: ReadonlyMap<GroupId, Assignment>,
): Readonly<Record<GroupId, Fitness>> {
  const older = holds.filter(({ group, epoch, state }) => state === 'stopping' && latest.get(group)?.epoch !== epoch)
  const stuck = holds.filter(({ state }) => state === 'stuck')
  if (older.length === 0 && stuck.length === 0) return said
  const fitness = { ...said }
  for (const { group, epoch } of older) {
    const { level = 'unfit', reasons = [] } = fitness[group] ?? {}
    fitness[group] = { level: level === 'fit' ? 'keep' : level, reasons: [`still stopping ${group} under epoch ${epoch}`, ...reasons] }
  }
  for (const { group, epoch } of stuck) {
    const { reasons = [] } = fitness[group] ?? {}
    fitness[group] = { level: 'unfit', reasons: [`stuck with ${group}, which it could not stop under epoch ${epoch}`, ...reasons] }
  }
  return fitness
}

/** What the node said, and what operators say of it. */
function fitnessOf(state: ClusterState, node: NodeId, said: Readonly<Record<GroupId, Fitness>>): Readonly<Record<GroupId, Fitness>> {
  if (state.maintenance === undefined) return said
  return Object.fromEntries(Object.entries(said).map(([group, fitness]) => [group, fitnessUnder(state, node, fitness)]))
}

/** How far the data of the node is, by group; nothing where it says nothing. */
function positionsOf(beat: Beat | undefined): Pick<NodeState, 'positions'> {
  const said = beat?.report.positions
  return said === undefined ? {} : { positions: Object.fromEntries(Object.entries(said).map(([id, { position }]) => [id, position])) }
}

/** How long a node has been up, by its own clock as far as it has said. */
export function upOf({ beat, heardAt }: PeerView, now: Instant): number | undefined {
  const { startedAt } = beat.report
  return startedAt === undefined ? undefined : beat.sentAt - startedAt + (now - heardAt)
}

/** When the start of some node will be long enough ago for some group. */
export function nextStarted({ groups }: ClusterSpec, peers: Peers, now: Instant): Instant {
  const delays = new Set(groups.flatMap(({ placement }) => placement?.startDelayMs ?? []))
  if (delays.size === 0) return Infinity
  let next = Infinity
  for (const view of peers.all()) {
    const upMs = upOf(view, now) ?? Infinity
    for (const delayMs of delays) if (upMs < delayMs) next = Math.min(next, now + delayMs - upMs)
  }
  return next
}
