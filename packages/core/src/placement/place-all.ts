import type { Assignment, ClusterSpec, Fitness, GroupId, GroupSpec, NodeId } from '../model/index.ts'
import { leadersFirst } from './leaders-first.ts'
import { Picture } from './picture.ts'
import { place } from './place.ts'
import type { Candidate, Decision, HolderState, PlaceInput } from './place.ts'
import { Rules } from './rules.ts'
import type { Judge } from './rules.ts'

/** What the coordinator knows of one node. */
export interface NodeState {
  /** Heard lately, in both directions, and following this coordinator. */
  readonly reachable: boolean
  readonly leaving: boolean
  /** What it says of each group that it may hold. */
  readonly fitness: Readonly<Record<GroupId, Fitness>>
  /** How far its data is, where it says so and a group goes by it. */
  readonly positions?: Readonly<Record<GroupId, string>>
  /** How long it has been up, where it says so. */
  readonly upMs?: number
}

/** What the coordinator knows of one group. */
export interface GroupState {
  readonly current: Assignment | undefined
  readonly holder: HolderState
  /** A planned move that an operator asked for. */
  readonly wish: NodeId | null
  /** Nodes that were given the group lately and could not bring it up. */
  readonly failedLately: ReadonlySet<NodeId>
  /** Nodes that could have taken it for as long as its failback asks for, at a time at which it may go back. */
  readonly settled: ReadonlySet<NodeId>
  /** Nodes that it does not go back to by itself: they could not bring it up, and nothing has happened to them since. */
  readonly gaveUp: ReadonlySet<NodeId>
}

export interface PlaceAllInput {
  readonly spec: Pick<ClusterSpec, 'nodes' | 'groups'>
  /** By node; absent: it was never heard. */
  readonly nodes: ReadonlyMap<NodeId, NodeState>
  /** All groups of `spec`. */
  readonly groups: ReadonlyMap<GroupId, GroupState>
}

/** What is made of a decision, by what it was made of. */
export type Restrain = (decision: Decision, input: PlaceInput) => Decision

/**
 * Which node should hold which group: all groups of a cluster at once, one after the other, each seeing where those before it are going. A
 * group comes after those on whose node it must be, and else in the order of the configuration, so that the first is served first where
 * there is not enough for all. `restrain` may change a decision, before others count on it. Pure; the decisions come in that order.
 */
export function placeAll(input: PlaceAllInput, restrain: Restrain = (decision) => decision): readonly Decision[] {
  const { spec, groups } = input
  const picture = new Picture(spec, groups)
  const rules = new Rules(input, picture)
  return leadersFirst(spec.groups).map((group) => {
    const state = groups.get(group.id)
    if (state === undefined) throw new Error(`invariant: nothing is said of group ${group.id}`)
    const { current, holder, wish } = state
    const judge = rules.judgeOf(group)
    const candidates = group.nodes.map((node) => candidateOf(group, input.nodes.get(node), node, { state, judge }))
    const about = { group, current, holder, candidates, wish }
    const decision = restrain(place(about), about)
    picture.note(group, decision)
    return decision
  })
}

const UNHEARD: Fitness = { level: 'unfit', reasons: ['not heard'] }
const NEVER_HEARD: NodeState = { reachable: false, leaving: false, fitness: {} }

interface About {
  readonly state: GroupState
  readonly judge: Judge
}

/** Who is fit, but has a reason to be chosen last. */
function hasRecovered(fitness: Fitness): boolean {
  return fitness.level === 'fit' && fitness.reasons.length > 0
}

function candidateOf({ id, placement }: GroupSpec, known: NodeState | undefined, node: NodeId, { state, judge }: About): Candidate {
  const { reachable, leaving, upMs = Infinity, fitness: said, positions } = known ?? NEVER_HEARD
  const fitness = said[id] ?? UNHEARD
  const candidate: Candidate = {
    node,
    reachable,
    leaving,
    fitness,
    failedLately: state.failedLately.has(node),
    forbidden: judge.forbids(node),
    against: judge.speaksAgainst(node),
    starting: placement?.startDelayMs !== undefined && upMs < placement.startDelayMs,
    settled: state.settled.has(node),
    gaveUp: state.gaveUp.has(node),
  }
  const recovered = hasRecovered(fitness)
  // A failure of a moment costs nobody the data that this node alone has.
  if (placement?.prefer === 'current') return { ...candidate, recovered, position: positions?.[id] }
  return recovered ? { ...candidate, failedLately: true } : candidate
}
