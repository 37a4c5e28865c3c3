import type { ClusterSpec, Fitness, GroupId, GroupSpec, NodeId } from '../model/index.ts'
import { quorumOf } from '../model/index.ts'
import { placeAll } from '../placement/place-all.ts'
import type { GroupState, NodeState } from '../placement/place-all.ts'
import type { Decision } from '../placement/place.ts'
import { asTold } from './as-told.ts'
import { unlessPaused } from './maintenance.ts'
export { leadersFirst } from '../placement/leaders-first.ts'
import { quorumText } from './quorum-text.ts'
import type { EngineStatus } from './types.ts'

/** What one node knows of the cluster at one moment. */
export interface Picture {
  readonly spec: ClusterSpec
  readonly status: EngineStatus
}

/** Two nodes that do not hear each other any more, though others may hear both. */
export type Link = readonly [NodeId, NodeId]

/** What is imagined to fail, all of it at once. */
export interface Outage {
  readonly nodes: readonly NodeId[]
  readonly links: readonly Link[]
}

/** What would become of one group. */
export interface GroupForecast {
  readonly group: GroupId
  readonly from: NodeId | null
  /** Who would serve it in the end; null: nobody. */
  readonly to: NodeId | null
  readonly outcome: 'stays' | 'moves' | 'unserved'
  readonly why: string
  /** Why others could not take it. */
  readonly blocked: Readonly<Record<NodeId, string>>
  /** Who could take it after that, best first. */
  readonly next: readonly NodeId[]
  /** What makes the rank of each node that could take it, its holder's included. */
  readonly ranks: Readonly<Record<NodeId, string>>
  /** What somebody should know who relies on it. */
  readonly warnings: readonly string[]
}

/** What would become of the cluster, once all that follows from an outage has happened. */
export interface Forecast {
  /** Some voter would still hear a quorum, so that decisions are possible. */
  readonly quorum: boolean
  /** Who would coordinate; after an election it may be another one that hears as many. */
  readonly coordinator: NodeId | null
  /** How many voters must agree, and which would be left. */
  readonly needed: number
  readonly voters: readonly NodeId[]
  readonly groups: readonly GroupForecast[]
}

export const nothing: Outage = { nodes: [], links: [] }

/**
 * What would happen after an outage, by the coordinator's own placement, as far as the node whose picture this is knows: present fitness
 * and start delays, no planned move; who failed of late where this node coordinates, and still does after the outage. Pure.
 */
export function forecast(picture: Picture, outage: Outage, groups: readonly GroupSpec[] = picture.spec.groups): Forecast {
  const world = new World(picture, outage)
  const decisions = world.coordinator === null ? new Map<GroupId, Decision>() : decide(picture, world, world.coordinator)
  return {
    quorum: world.coordinator !== null,
    coordinator: world.coordinator,
    needed: world.needed,
    voters: world.voters,
    groups: groups.map((group) => forecastGroup(picture.status, world, group, decisions.get(group.id))),
  }
}

/** Who is left, and who hears whom. */
class World {
  readonly voters: readonly NodeId[]
  readonly needed: number
  readonly coordinator: NodeId | null
  private readonly alive: ReadonlySet<NodeId>
  private readonly cut: ReadonlySet<string>

  constructor({ spec, status }: Picture, { nodes, links }: Outage) {
    const heard = status.nodes.filter(({ heardAgoMs }) => heardAgoMs !== null && heardAgoMs <= spec.timing.electionMs)
    this.alive = new Set(heard.map(({ id }) => id).filter((id) => !nodes.includes(id)))
    this.cut = new Set(links.flatMap(([a, b]) => [`${a} ${b}`, `${b} ${a}`]))
    this.voters = status.voters.filter((voter) => this.alive.has(voter))
    this.needed = quorumOf(status.voters.length)
    const able = this.voters.filter((voter) => this.hearsQuorum(voter))
    this.coordinator = able.find((voter) => voter === status.coordinator) ?? able[0] ?? null
  }

  isAlive(node: NodeId): boolean {
    return this.alive.has(node)
  }

  hears(a: NodeId, b: NodeId): boolean {
    return this.alive.has(a) && this.alive.has(b) && !this.cut.has(`${a} ${b}`)
  }

  /** Enough voters to coordinate with, or to keep a lease that they have agreed to before. */
  hearsQuorum(node: NodeId): boolean {
    return this.voters.filter((voter) => this.hears(node, voter)).length >= this.needed
  }

  /** A new lease is granted only by voters that the coordinator has told of it. */
  couldBegin(node: NodeId): boolean {
    const { coordinator, voters } = this
    return coordinator !== null && voters.filter((voter) => this.hears(node, voter) && this.hears(coordinator, voter)).length >= this.needed
  }
}

function forecastGroup(status: EngineStatus, world: World, group: GroupSpec, decision: Decision | undefined): GroupForecast {
  const from = status.groups.find(({ id }) => id === group.id)?.holder ?? null
  const { coordinator } = world
  const left = { group: group.id, from, blocked: {}, next: [], ranks: {}, warnings: [] }
  if (from !== null && world.hearsQuorum(from) && (coordinator === null || !world.hears(coordinator, from))) {
    return { ...left, to: from, outcome: 'stays', why: `a quorum hears ${from}; the coordinator does not, and moves nothing` }
  }
  if (coordinator === null || decision === undefined) {
    return {
      ...left,
      to: null,
      outcome: 'unserved',
      why: `no quorum: ${quorumText(status.voters, world.voters)}: nobody would be granted a lease`,
    }
  }
  const { blocked, ranking, warnings } = decision
  const to = decision.action === 'stay' ? stayingWith(status, world, group.id) : decision.to
  const isCutOff = from !== null && world.isAlive(from) && !world.hearsQuorum(from)
  return {
    ...left,
    to,
    outcome: to === null ? 'unserved' : to === from ? 'stays' : 'moves',
    why: isCutOff ? decision.why.replace(`${from} is not heard`, `too few voters would hear ${from}`) : decision.why,
    blocked,
    next: ranking.map(({ node }) => node).filter((node) => node !== to),
    ranks: Object.fromEntries(ranking.map((ranked) => [ranked.node, ranked.why])),
    warnings,
  }
}

/** The holder, if it goes on serving. */
function stayingWith(status: EngineStatus, world: World, group: GroupId): NodeId | null {
  const { holder = null, state } = status.groups.find(({ id }) => id === group) ?? {}
  const isLettingGo = state === 'releasing' || state === 'stuck'
  return holder !== null && world.hearsQuorum(holder) && !isLettingGo ? holder : null
}

/** The only place that asks the placement: all groups at once, since some are placed by where others go. */
function decide({ spec, status }: Picture, world: World, coordinator: NodeId): ReadonlyMap<GroupId, Decision> {
  const known = new Map(status.groups.map((group) => [group.id, group]))
  const nodes = new Map(
    spec.nodes.map(({ id }): [NodeId, NodeState] => {
      const fitness = Object.fromEntries(spec.groups.map((group) => [group.id, fitnessOf(known.get(group.id), world, id)]))
      return [id, { reachable: world.hears(coordinator, id), ...asTold(status, id), fitness }]
    }),
  )
  // A coordinator that is lost takes along what it has seen.
  const isSeen = coordinator === status.node
  const groups = new Map(spec.groups.map(({ id }) => [id, groupState(known.get(id), world, { coordinator, isSeen })]))
  const decisions = placeAll({ spec, nodes, groups }, (decision, input) => unlessPaused(status, decision, input))
  return new Map(decisions.map((decision) => [decision.group, decision]))
}

type Known = EngineStatus['groups'][number] | undefined

interface Office {
  readonly coordinator: NodeId
  /** The picture is that of the coordinator itself. */
  readonly isSeen: boolean
}

function groupState(known: Known, world: World, { coordinator, isSeen }: Office): GroupState {
  const node = known?.holder ?? null
  return {
    current: known === undefined || known.epoch === 0 ? undefined : { node, epoch: known.epoch, cause: known.cause },
    holder: {
      released: false,
      heard: node !== null && world.hears(coordinator, node) && world.hearsQuorum(node),
      lettingGo: known?.state === 'releasing' || known?.state === 'stuck',
      stalled: false,
    },
    wish: null,
    failedLately: new Set(isSeen ? known?.candidates.flatMap(({ node: id, failedLately }) => (failedLately === true ? [id] : [])) : []),
    settled: new Set(),
    gaveUp: new Set(isSeen ? known?.candidates.flatMap(({ node: id, gaveUp }) => (gaveUp === true ? [id] : [])) : []),
  }
}

function fitnessOf(known: Known, world: World, node: NodeId): Fitness {
  const keeps = known?.holder === node && world.hearsQuorum(node)
  if (world.isAlive(node) && !keeps && !world.couldBegin(node)) return { level: 'unfit', reasons: ['too few voters would hear it'] }
  return known?.candidates.find((other) => other.node === node)?.fitness ?? { level: 'unfit', reasons: ['not heard'] }
}
