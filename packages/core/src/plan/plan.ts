import { isDeepStrictEqual } from 'node:util'
import { presentVersion } from '../engine/history.ts'
import { refusalOfSuspect, suspectFromBefore } from '../engine/suspects.ts'
import type { EngineStatus } from '../engine/types.ts'
import type { ClusterSpec, ClusterState, EndpointSpec, GroupId, GroupSpec, Index, NodeId } from '../model/index.ts'
import { quorumOf, votersOf } from '../model/index.ts'
import { wantedHere } from '../runtime/make-backend.ts'
import { compareSpecs } from './compare.ts'
import type { Difference } from './compare.ts'
import { placeUnder } from './place-under.ts'
import type { Placement } from './place-under.ts'
import { stepsBetween } from './steps.ts'
import { warningsOf } from './warnings.ts'

/** What becomes of one group. */
export interface GroupPlan {
  readonly group: GroupId
  /** `touched`: clients may notice; `changed`: only nodes that do not serve it, or what they could do, are concerned. */
  readonly effect: 'added' | 'removed' | 'moves' | 'touched' | 'changed' | 'untouched'
  readonly holder: NodeId | null
  /** Where placement would have it, by what the asked node knows at present. */
  readonly next: NodeId | null
  readonly why: string
  /** Endpoints and parts of its service that its holder takes down, and claims or starts, because of this. */
  readonly endpoints: { readonly down: readonly string[]; readonly up: readonly string[] }
}

/** What another configuration would mean. */
export interface Plan {
  /** The version that it would take the place of. */
  readonly version: Index
  readonly changes: readonly Difference[]
  readonly groups: readonly GroupPlan[]
  /** The entries that it takes, one after the other. */
  readonly steps: readonly string[]
  /** What is done all the same, and may not have been meant or made ready. */
  readonly warnings: readonly string[]
  /** Why it would be refused as things stand; empty: it would not. */
  readonly refused: readonly string[]
}

/** Works out what a configuration would change and move, from what one node knows; changes nothing. */
export function planChange(state: ClusterState, wanted: ClusterSpec, status: EngineStatus): Plan {
  const { spec } = state
  const placements = placeUnder(state, wanted, status)
  const ids = new Set([...spec.groups, ...wanted.groups].map(({ id }) => id))
  return {
    version: presentVersion(state),
    changes: compareSpecs(spec, wanted),
    groups: [...ids].map((id) => planGroup(state, wanted, placements.get(id), id)),
    steps: stepsBetween(spec, wanted).map(({ what }) => what),
    warnings: warningsOf(spec, wanted),
    refused: refusals(state, wanted, status),
  }
}

function planGroup(state: ClusterState, wanted: ClusterSpec, placement: Placement | undefined, id: GroupId): GroupPlan {
  const named = (group: GroupSpec): boolean => group.id === id
  const [before, after] = [state.spec.groups.find(named), wanted.groups.find(named)]
  const holder = state.assignments[id]?.node ?? null
  const endpoints = holder === null ? { down: [], up: [] } : touchedAt(holder, id, state.spec, wanted)
  if (after === undefined || placement === undefined)
    return { group: id, effect: 'removed', holder, next: null, why: 'it is not configured any more', endpoints }
  const { next, why } = placement
  if (before === undefined) return { group: id, effect: 'added', holder, next, why, endpoints }
  return { group: id, effect: effectOf(before, after, holder, next, endpoints), holder, next, why, endpoints }
}

function effectOf(
  before: GroupSpec,
  after: GroupSpec,
  holder: NodeId | null,
  next: NodeId | null,
  { down, up }: GroupPlan['endpoints'],
): GroupPlan['effect'] {
  if (next !== holder) return 'moves'
  if (down.length + up.length > 0) return 'touched'
  return isDeepStrictEqual(before, after) ? 'untouched' : 'changed'
}

/** Endpoints and parts of the service of a group that its holder has under one configuration and not, or otherwise, under the other. */
function touchedAt(holder: NodeId, group: GroupId, before: ClusterSpec, after: ClusterSpec): GroupPlan['endpoints'] {
  const [had, gets] = [endpointsAt(holder, group, before), endpointsAt(holder, group, after)]
  const isMissing = (mine: EndpointSpec, others: readonly EndpointSpec[]): boolean => !others.some((other) => isSameClaim(mine, other))
  return {
    down: had.filter((endpoint) => isMissing(endpoint, gets)).map(({ id }) => id),
    up: gets.filter((endpoint) => isMissing(endpoint, had)).map(({ id }) => id),
  }
}

/** Where it is configured for says nothing of what is claimed. */
function isSameClaim(one: EndpointSpec, other: EndpointSpec): boolean {
  return one.id === other.id && one.backend === other.backend && isDeepStrictEqual(one.options, other.options)
}

function endpointsAt(node: NodeId, id: GroupId, spec: ClusterSpec): readonly EndpointSpec[] {
  const site = spec.nodes.find((member) => member.id === node)?.site
  const group = spec.groups.find((other) => other.id === id)
  return site === undefined || group?.nodes.includes(node) !== true ? [] : wantedHere(group, site)
}

/** What the coordinator would say no to, as far as that can be seen from here. */
function refusals(state: ClusterState, wanted: ClusterSpec, status: EngineStatus): readonly string[] {
  const { spec, assignments } = state
  const isHeard = (node: NodeId): boolean => isHeardBy(status, node, spec.timing.electionMs)
  const returning = wanted.nodes
    .filter(({ id }) => !spec.nodes.some((node) => node.id === id) && Object.values(assignments).some(({ node }) => node === id))
    .map(({ id }) => `${id} still has a group from before it left`)
  const deaf = stepsBetween(spec, wanted).flatMap(({ spec: next, what }) => {
    const voters = votersOf(next)
    if (isDeepStrictEqual(voters, votersOf(spec))) return []
    const silent = voters.filter((node) => spec.nodes.some(({ id }) => id === node) && !isHeard(node))
    if (voters.length - silent.length >= quorumOf(voters.length)) return []
    return [`${what}: ${silent.join(' and ')} cannot be heard, and ${quorumOf(voters.length)} of ${voters.length} voters must agree`]
  })
  const suspect = suspectFromBefore(wanted, spec, state)
  return [...returning, ...(suspect === null ? [] : [refusalOfSuspect(suspect)]), ...deaf]
}

function isHeardBy({ node: self, nodes }: EngineStatus, name: NodeId, withinMs: number): boolean {
  const node = nodes.find(({ id }) => id === name)
  return name === self || (node !== undefined && node.heardAgoMs !== null && node.heardAgoMs <= withinMs)
}
