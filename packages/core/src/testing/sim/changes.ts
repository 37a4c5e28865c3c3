import { votersOf } from '../../model/index.ts'
import type { ClusterSpec, EndpointSpec, GroupSpec, Member, NodeId, Timing } from '../../model/index.ts'
import type { SeededRandom } from './random.ts'

/** Another configuration that an operator might apply. */
export interface Change {
  readonly spec: ClusterSpec
  readonly what: string
  /** Nodes that were no members before. */
  readonly joining: readonly NodeId[]
}

const KINDS = { voter: 8, join: 5, leave: 4, witness: 2, candidates: 4, addGroup: 2, removeGroup: 2, endpoints: 2, timing: 3 } as const

type Drawn = readonly [spec: ClusterSpec, what: string]

/** Paces that a cluster may be told to run at: the lease gets longer and shorter. */
export const PACES: readonly Omit<Timing, 'driftPpmMax'>[] = [
  { heartbeatMs: 100, leaseMs: 1000, electionMs: 900 },
  { heartbeatMs: 200, leaseMs: 1000, electionMs: 900 },
  { heartbeatMs: 25, leaseMs: 250, electionMs: 225 },
  { heartbeatMs: 100, leaseMs: 1000, electionMs: 500 },
  { heartbeatMs: 100, leaseMs: 600, electionMs: 1500 },
]

/** How often an operator wants two changes at once; where they change two voters, that must be refused. */
const TWO_RATE = 0.3

/** Draws another configuration: one change, or two at once. null: nothing of the drawn kind can be done. */
export function drawChange(spec: ClusterSpec, reserve: readonly Member[], random: SeededRandom): Change | null {
  const first = draw(random.weighted(KINDS), spec, reserve, random)
  if (first === null) return null
  const drawn = random.chance(TWO_RATE) ? drawSecond(first, reserve, random) : first
  const next = tidy(drawn[0])
  if (next === null) return null
  const joining = next.nodes.map(({ id }) => id).filter((id) => !spec.nodes.some((node) => node.id === id))
  return { spec: next, what: drawn[1], joining }
}

function drawSecond(first: Drawn, reserve: readonly Member[], random: SeededRandom): Drawn {
  const second = draw(random.weighted(KINDS), first[0], reserve, random)
  return second === null ? first : [second[0], `${first[1]}; ${second[1]}`]
}

function draw(kind: keyof typeof KINDS, spec: ClusterSpec, reserve: readonly Member[], random: SeededRandom): Drawn | null {
  switch (kind) {
    case 'voter':
      return toggleVoter(spec, random)
    case 'join':
      return join(spec, reserve, random)
    case 'leave':
      return leave(spec, random)
    case 'witness':
      return toggleWitness(spec, random)
    case 'timing': {
      const pace = random.pick(PACES)
      return [{ ...spec, timing: { ...spec.timing, ...pace } }, `lease ${pace.leaseMs} ms, heartbeat ${pace.heartbeatMs} ms`]
    }
    default:
      return changeGroups(kind, spec, random)
  }
}

function toggleVoter(spec: ClusterSpec, random: SeededRandom): Drawn | null {
  const node = random.pick(spec.nodes)
  if (node.voter && votersOf(spec).length === 1) return null
  const after = { ...node, voter: !node.voter, witness: false }
  return [withNode(spec, after), `${node.id} ${after.voter ? 'gets a vote' : 'loses its vote'}`]
}

function join(spec: ClusterSpec, reserve: readonly Member[], random: SeededRandom): Drawn | null {
  const absent = reserve.filter(({ id }) => !spec.nodes.some((node) => node.id === id))
  if (absent.length === 0) return null
  const voter = random.chance(0.5)
  const node: Member = { ...random.pick(absent), voter, witness: voter && random.chance(0.3) }
  const groups = node.witness ? spec.groups : spec.groups.map((group) => ({ ...group, nodes: [...group.nodes, node.id] }))
  return [{ ...spec, nodes: [...spec.nodes, node], groups }, `${node.id} joins${voter ? ' with a vote' : ''}`]
}

function leave(spec: ClusterSpec, random: SeededRandom): Drawn | null {
  const node = random.pick(spec.nodes)
  if (spec.nodes.length <= 2 || (node.voter && votersOf(spec).length === 1)) return null
  return [{ ...spec, nodes: spec.nodes.filter(({ id }) => id !== node.id) }, `${node.id} leaves`]
}

function toggleWitness(spec: ClusterSpec, random: SeededRandom): Drawn | null {
  const voters = spec.nodes.filter(({ voter }) => voter)
  const node = random.pick(voters)
  return [withNode(spec, { ...node, witness: !node.witness }), `${node.id} ${node.witness ? 'is a witness no more' : 'becomes a witness'}`]
}

function changeGroups(
  kind: 'candidates' | 'addGroup' | 'removeGroup' | 'endpoints',
  spec: ClusterSpec,
  random: SeededRandom,
): Drawn | null {
  const holders = spec.nodes.filter(({ witness }) => !witness).map(({ id }) => id)
  if (kind === 'addGroup') {
    const absent = ['g0', 'g1', 'g2', 'g3', 'g4'].filter((id) => !spec.groups.some((group) => group.id === id))
    if (absent.length === 0) return null
    const added: GroupSpec = {
      id: random.pick(absent),
      mode: 'active-standby',
      nodes: someOf(holders, random),
      endpoints: drawEndpoints(random),
    }
    return [{ ...spec, groups: [...spec.groups, added] }, `${added.id} is added, for ${added.nodes.join(' ')}`]
  }
  const group = random.pick(spec.groups)
  if (kind === 'removeGroup') {
    if (spec.groups.length === 1) return null
    return [{ ...spec, groups: spec.groups.filter(({ id }) => id !== group.id) }, `${group.id} is removed`]
  }
  const after: GroupSpec =
    kind === 'candidates' ? { ...group, nodes: someOf(holders, random) } : { ...group, endpoints: drawEndpoints(random) }
  const groups = spec.groups.map((each) => (each.id === group.id ? after : each))
  const ids = after.endpoints.map(({ id }) => id)
  return [{ ...spec, groups }, `${group.id} may be held by ${after.nodes.join(' ')}, endpoints ${ids.join(' ')}`]
}

/** Two of the holders or more, where there are so many, in any order. */
export function someOf(holders: readonly NodeId[], random: SeededRandom): readonly NodeId[] {
  return random.shuffled(holders).slice(0, 2 + random.int(Math.max(1, holders.length - 1)))
}

/** One endpoint or two. */
export function drawEndpoints(random: SeededRandom): readonly EndpointSpec[] {
  return Array.from({ length: 1 + random.int(2) }, (_, index) => ({ id: `e${index}`, backend: 'simulated', options: {} }))
}

function withNode(spec: ClusterSpec, after: Member): ClusterSpec {
  return { ...spec, nodes: spec.nodes.map((node) => (node.id === after.id ? after : node)) }
}

/** As the validation of a cluster file demands: groups name members that may hold them. null: nobody could. */
function tidy(spec: ClusterSpec): ClusterSpec | null {
  const holders = spec.nodes.filter(({ witness }) => !witness).map(({ id }) => id)
  if (holders.length === 0) return null
  const groups = spec.groups.map((group): GroupSpec => {
    const nodes = group.nodes.filter((node) => holders.includes(node))
    return { ...group, nodes: nodes.length > 0 ? nodes : holders }
  })
  return { ...spec, groups }
}
