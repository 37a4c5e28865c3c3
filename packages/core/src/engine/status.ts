import type { Fitness, GroupId, GroupSpec, Instant, NodeId } from '../model/index.ts'
import { startOf } from './beat.ts'
import type { Brain } from './brain.ts'
import { presentVersion } from './history.ts'
import { fitnessUnder, NONE } from './maintenance.ts'
import { lackOfQuorum } from './noticing.ts'
import { ownFitness } from './own-fitness.ts'
import { upOf, whileStopping } from './survey.ts'
import type { PeerView } from './peers.ts'
import type { EngineStatus } from './types.ts'

/** The truth as this node knows it at `now`. */
export function statusOf(brain: Brain, now: Instant): EngineStatus {
  const { raft, self, applied, storageFailing, incarnation } = brain
  const { term, role, coordinator, commit, log } = raft.view
  const quorum = brain.hasQuorum(now)
  return {
    node: self,
    incarnation,
    cluster: brain.state.spec.name,
    term,
    role,
    coordinator,
    quorum,
    ...(quorum ? {} : { quorumLack: lackOfQuorum(brain, now) }),
    commit,
    applied,
    lastIndex: log.lastIndex,
    voters: raft.voters,
    storageFailing,
    configuration: { version: presentVersion(brain.state), hash: brain.configHash },
    maintenance: brain.state.maintenance ?? NONE,
    nodes: nodesOf(brain, now),
    groups: groupsOf(brain, now),
  }
}

type NodeStatus = EngineStatus['nodes'][number]
/** What is not of the configuration. */
type Standing = Omit<NodeStatus, 'id' | 'site' | 'voter' | 'witness'>

function nodesOf(brain: Brain, now: Instant): EngineStatus['nodes'] {
  return brain.state.spec.nodes.map(({ id, site, voter, witness }): NodeStatus => {
    const standing = id === brain.self ? ownStanding(brain, now) : standingOf(brain.peers.get(id), now)
    return { id, site, voter, witness, ...standing }
  })
}

function ownStanding(brain: Brain, now: Instant): Standing {
  const { latenessMs, leavingUntil, incarnation, configHash } = brain
  const { startedAt } = startOf(brain)
  const upMs = startedAt === undefined ? {} : { upMs: Math.round(now - startedAt) }
  return { heardAgoMs: 0, latenessMs, leaving: leavingUntil !== null, ...upMs, generation: incarnation.generation, configHash }
}

function standingOf(view: PeerView | undefined, now: Instant): Standing {
  if (view === undefined) return { heardAgoMs: null, latenessMs: null, leaving: false, generation: null, configHash: null }
  const { report, incarnation } = view.beat
  const upMs = upOf(view, now)
  return {
    heardAgoMs: now - view.heardAt,
    latenessMs: report.latenessMs,
    leaving: report.leaving ?? false,
    ...(upMs === undefined ? {} : { upMs: Math.round(upMs) }),
    generation: incarnation.generation,
    configHash: report.configHash,
  }
}

/** As this node has it in its newest beat, or heard it. */
function positionOf(brain: Brain, { id, placement }: GroupSpec, node: NodeId): { readonly position?: string } {
  if (placement?.prefer !== 'current') return {}
  const told = node === brain.self ? brain.positions.get(id) : brain.peers.get(node)?.beat.report.positions?.[id]
  return told === undefined ? {} : { position: told.position }
}

/** What a node says of its fitness, by group, and what it still has to stop before it could take one. */
function toldBy(brain: Brain, node: NodeId): Readonly<Record<GroupId, Fitness>> {
  const { latest } = brain.raft.view.log
  if (node === brain.self) {
    const fitnessOf = ownFitness(brain)
    const said = Object.fromEntries(brain.ownGroups.map((id) => [id, fitnessOf(id)]))
    return whileStopping(said, brain.holdings.list(), latest)
  }
  const view = brain.peers.get(node)
  return view === undefined ? {} : whileStopping(view.beat.report.fitness, view.beat.holds, latest)
}

function suspectsOf(brain: Brain, group: GroupId, now: Instant): Pick<EngineStatus['groups'][number], 'suspects'> {
  const all = brain.state.suspects?.[group]
  if (all === undefined) return {}
  const suspects = all.map((suspect) => {
    const view = brain.peers.get(suspect.node)
    const isHeard = suspect.node === brain.self || (view !== undefined && now - view.heardAt < brain.state.spec.timing.leaseMs)
    const holds = suspect.node === brain.self ? brain.holdings.list() : (view?.beat.holds ?? [])
    return { ...suspect, isHeard, state: holds.find(({ epoch }) => epoch === suspect.epoch)?.state ?? null }
  })
  return { suspects }
}

type Failures = Pick<EngineStatus['groups'][number]['candidates'][number], 'failedLately' | 'gaveUp'>

/** What the coordinator remembers of nodes that could not bring the group up. */
function failuresOf({ raft, coordination }: Brain, group: GroupSpec, now: Instant): (node: NodeId) => Failures {
  if (!raft.isCoordinator) return () => ({})
  const failed = coordination.failedLately(group.id, now)
  const gaveUp = coordination.settling.gaveUp(group)
  return (node) => ({ ...(failed.has(node) ? { failedLately: true } : {}), ...(gaveUp.has(node) ? { gaveUp: true } : {}) })
}

function groupsOf(brain: Brain, now: Instant): EngineStatus['groups'] {
  const unheard: Fitness = { level: 'unfit', reasons: ['not heard'] }
  const told = new Map(brain.state.spec.nodes.map(({ id }) => [id, toldBy(brain, id)]))
  return brain.state.spec.groups.map((group) => {
    const failures = failuresOf(brain, group, now)
    const current = brain.state.assignments[group.id]
    const holder = current?.node ?? null
    const epoch = current?.epoch ?? 0
    const holds = holder === brain.self ? brain.holdings.list() : holder === null ? [] : (brain.peers.get(holder)?.beat.holds ?? [])
    return {
      id: group.id,
      holder,
      epoch,
      cause: current?.cause ?? 'not assigned so far',
      state: holds.find((holding) => holding.group === group.id && holding.epoch === epoch)?.state ?? null,
      leaseMs: holder === brain.self ? brain.holdings.leaseLeft(group.id, epoch, now) : null,
      candidates: group.nodes.map((node) => ({
        node,
        fitness: fitnessUnder(brain.state, node, told.get(node)?.[group.id] ?? unheard),
        ...positionOf(brain, group, node),
        ...failures(node),
      })),
      ...suspectsOf(brain, group.id, now),
    }
  })
}
