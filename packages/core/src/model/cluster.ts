import type { FenceDevice } from './fence.ts'
import type { GroupId, NodeId } from './ids.ts'
import type { NotifyTarget } from './notify.ts'
import type { PlacementPolicy } from './placement.ts'

/** The times a cluster counts with, DESIGN §2.6. All in milliseconds but the drift. */
export interface Timing {
  readonly heartbeatMs: number
  readonly leaseMs: number
  readonly electionMs: number
  /** Bound on the difference of two clocks' rates, in parts per million. */
  readonly driftPpmMax: number
}

export interface Member {
  readonly id: NodeId
  readonly site: string
  /** Where the node's own nats-server is reached by the other members. */
  readonly address: string
  /** The same on each plane, where the node has more than the main one; `address` is then one of them. */
  readonly addresses?: Readonly<Record<string, string>>
  readonly voter: boolean
  /** A voter that never holds a group. */
  readonly witness: boolean
  /** How much weight of groups it bears; absent: any. */
  readonly capacity?: number
  /** How others switch it off, tried in this order; absent: they cannot. */
  readonly fence?: readonly FenceDevice[]
}

/** One configured use of a backend. `options` was validated by the backend's own schema. */
export interface EndpointSpec {
  /** Unique in its group, for example `arp-10.0.0.50`. */
  readonly id: string
  readonly backend: string
  /** Site at which it applies; absent: everywhere. */
  readonly at?: string
  /** A claim that takes longer has failed; absent: its calls take some leases at most. */
  readonly claimMs?: number
  readonly options: Readonly<Record<string, unknown>>
}

/** One part of what serves behind a group's endpoints. `options` was validated by the schema of its kind. */
export interface ServicePart {
  /** Unique in its group, for example `systemd-nginx.service`. */
  readonly id: string
  readonly kind: string
  /** A start that takes longer has failed. */
  readonly startMs: number
  /** After so long a stop is forced. */
  readonly stopMs: number
  readonly options: Readonly<Record<string, unknown>>
}

/** When a hook runs, on the node where it happens. */
export type HookMoment = 'active' | 'released' | 'stuck' | 'failed'

/** An operator's program that is run at transitions of a group. */
export interface HookSpec {
  readonly on: readonly HookMoment[]
  readonly run: readonly string[]
  readonly timeoutMs: number
}

/** One health test of a group. `options` was validated by the schema of its kind. */
export interface CheckSpec {
  /** Its name, unique in its group. */
  readonly id: string
  readonly kind: string
  /** Whether it runs where the group is active, where it is not, or in both places. */
  readonly on: 'active' | 'standby' | 'both'
  readonly everyMs: number
  readonly timeoutMs: number
  /** So many good results in a row end a failure. */
  readonly rise: number
  /** So many bad results in a row begin one. */
  readonly fall: number
  /** For so long after a start bad results do not count, unless there was a good one. */
  readonly graceMs: number
  /** So often within so long the service is restarted here before a failure makes the node unfit; absent: never. */
  readonly restart?: { readonly max: number; readonly withinMs: number }
  readonly options: Readonly<Record<string, unknown>>
}

export interface GroupSpec {
  readonly id: GroupId
  readonly mode: 'active-standby'
  /** Who may hold the group, in order of preference. */
  readonly nodes: readonly NodeId[]
  readonly endpoints: readonly EndpointSpec[]
  /** What is started before the endpoints are claimed, in this order, and stopped after they are released, in the reverse one. */
  readonly service?: readonly ServicePart[]
  readonly hooks?: readonly HookSpec[]
  readonly placement?: PlacementPolicy
  /** Absent where there are none. */
  readonly checks?: readonly CheckSpec[]
  /** Nothing of it is started while a former holder may still run its service: that one has to say so, or be off. Absent: nobody asks. */
  readonly fence?: 'required'
}

/** `cluster.yaml` after validation: the same on every node, replicated through the log. */
export interface ClusterSpec {
  readonly name: string
  readonly timing: Timing
  readonly nodes: readonly Member[]
  readonly groups: readonly GroupSpec[]
  /** Absent where nobody is told anything. */
  readonly notify?: readonly NotifyTarget[]
}

/** The voters of a cluster in stable order. */
export function votersOf(spec: ClusterSpec): readonly NodeId[] {
  const known = voterSets.get(spec)
  if (known !== undefined) return known
  const voters = spec.nodes
    .filter((node) => node.voter)
    .map((node) => node.id)
    .toSorted()
  voterSets.set(spec, voters)
  return voters
}

/** Asked for with every message, and a configuration never changes: a new one is another object. */
const voterSets = new WeakMap<ClusterSpec, readonly NodeId[]>()

/** Smallest number of voters of which any two sets share one. */
export function quorumOf(voters: number): number {
  return Math.floor(voters / 2) + 1
}

/** How long a group may take to come up, and to stop: the parts of its service one after the other, and then its endpoints, all at once. */
export function serviceMsOf({ service = [], endpoints }: GroupSpec): { readonly startMs: number; readonly stopMs: number } {
  let [startMs, stopMs] = [Math.max(0, ...endpoints.map(({ claimMs = 0 }) => claimMs)), 0]
  for (const part of service) {
    startMs += part.startMs
    stopMs += part.stopMs
  }
  return { startMs, stopMs }
}

/** How long it may take until a service that is moved has stopped here and started there, at most. */
export function longestServiceMs({ groups }: ClusterSpec): number {
  return Math.max(0, ...groups.map(serviceMsOf).map(({ startMs, stopMs }) => startMs + stopMs))
}

/** What a planned move may take beside the service that is moved. */
export const moveMs = 15_000

/** How long an operator is kept waiting for the end of a planned move. */
export function longestMoveMs(spec: ClusterSpec): number {
  return moveMs + longestServiceMs(spec)
}
