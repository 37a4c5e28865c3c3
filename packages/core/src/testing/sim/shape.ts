import type { ClusterSpec, GroupSpec, Member, Timing } from '../../model/index.ts'
import { CLOUD } from './addresses.ts'
import { PACES, drawEndpoints, someOf } from './changes.ts'
import { withPolicies } from './policies.ts'
import type { SeededRandom } from './random.ts'

/** Names of the world shapes; a seed picks one unless it is told, but never one from 'services' on: those came later. */
export const SHAPES = [
  'three',
  'five',
  'seven',
  'witness',
  'outsiders',
  'sites',
  'skewed',
  'changing',
  'services',
  'maintained',
  'policies',
  'fenced',
  'upgraded',
] as const
export type ShapeName = (typeof SHAPES)[number]

export interface Shape {
  readonly name: ShapeName
  readonly spec: ClusterSpec
  /** Delay between sites, one way, ms. */
  readonly distanceMs: number
  /** Entries after which engines take a snapshot. */
  readonly compactAfter: number
  /** Nodes that may join, where configurations are changed. */
  readonly reserve: readonly Member[]
}

/** A part starts or stops within this time where nothing is wrong. */
const PART_MS = 2000

interface Plan {
  readonly voters: number
  readonly witnesses: number
  readonly outsiders: number
  readonly groups: number
  readonly sites: number
}

/** A cluster drawn by chance, of the named shape or of any. One whose operators drain and pause has to be named: so older seeds keep their stories. */
export function drawShape(random: SeededRandom, wanted?: ShapeName): Shape {
  const name =
    wanted ?? random.weighted({ three: 8, five: 2, seven: 1, witness: 2, outsiders: 2, sites: 2, skewed: 3, maintained: 0, changing: 5 })
  const plan = planOf(name, random)
  const timing: Timing = {
    ...random.pick(PACES),
    driftPpmMax: name === 'skewed' ? random.pick([50_000, 200_000]) : random.pick([1000, 1000, 20_000]),
  }
  const nodes = Array.from({ length: plan.voters + plan.outsiders }, (_, index) => memberOf(plan, index))
  const holders = nodes.filter((node) => !node.witness).map((node) => node.id)
  const groups = Array.from({ length: plan.groups }, (_, index): GroupSpec => ({
    id: `g${index}`,
    mode: 'active-standby',
    nodes: someOf(holders, random),
    endpoints: drawEndpoints(random),
  }))
  const shape: Shape = {
    name,
    spec: { name: 'simulated', timing, nodes, groups },
    distanceMs: name === 'sites' ? random.pick([5, 15, 30]) : 0,
    compactAfter: random.pick([5, 20, 100, 1000]),
    reserve: name === 'changing' ? drawReserve(plan, nodes.length, random) : [],
  }
  if (name === 'services') return withServices(shape, random)
  if (name === 'fenced') return withFences(withServices(shape, random))
  if (name === 'upgraded') return random.chance(0.5) ? withServices(shape, random) : shape
  if (name === 'policies') return { ...shape, spec: withPolicies(shape.spec, random) }
  return random.chance(0.25) ? inClouds(shape, random) : shape
}

/** Groups have a service of one part or several, which takes its time to start and to stop. */
function withServices(shape: Shape, random: SeededRandom): Shape {
  const groups = shape.spec.groups.map((group): GroupSpec => ({
    ...group,
    service: Array.from({ length: random.int(3) }, (_, index) => ({
      id: `s${index}`,
      kind: 'simulated',
      startMs: PART_MS,
      stopMs: PART_MS,
      options: {},
    })),
  }))
  return { ...shape, spec: { ...shape.spec, groups } }
}

/** Nobody may start a service while another node may still run it. */
function withFences(shape: Shape): Shape {
  const { nodes, groups } = shape.spec
  const fence = [{ agent: 'fence_simulated', options: {}, secrets: {}, action: 'reboot', timeoutMs: PART_MS } as const]
  const spec = {
    ...shape.spec,
    nodes: nodes.map((node) => ({ ...node, fence })),
    groups: groups.map((group) => ({ ...group, fence: 'required' as const })),
  }
  return { ...shape, spec }
}

/** A cloud moves the endpoints of the first group, and of some others. */
function inClouds(shape: Shape, random: SeededRandom): Shape {
  const groups = shape.spec.groups.map((group, position): GroupSpec => {
    if (position > 0 && random.chance(0.5)) return group
    return { ...group, endpoints: group.endpoints.map((endpoint, index) => ({ ...endpoint, id: `c${index}`, backend: CLOUD })) }
  })
  return { ...shape, spec: { ...shape.spec, groups } }
}

function memberOf(plan: Plan, index: number): Member {
  return {
    id: String.fromCodePoint(97 + index),
    site: `s${index % plan.sites}`,
    address: `10.0.0.${index + 1}`,
    voter: index < plan.voters,
    witness: index < plan.voters && index >= plan.voters - plan.witnesses,
  }
}

/** Whether the file beside their new data folder calls them voters is a matter of who wrote it. */
function drawReserve(plan: Plan, from: number, random: SeededRandom): readonly Member[] {
  return Array.from({ length: 1 + random.int(2) }, (_, index) => ({ ...memberOf(plan, from + index), voter: random.chance(0.5) }))
}

function planOf(name: ShapeName, random: SeededRandom): Plan {
  const groups = 1 + random.int(name === 'three' ? 4 : 3)
  const plan = { voters: 3, witnesses: 0, outsiders: 0, groups, sites: 1 }
  switch (name) {
    case 'five':
      return { ...plan, voters: 5, sites: 1 + random.int(3) }
    case 'seven':
      return { ...plan, voters: 7 }
    case 'witness':
      return { ...plan, witnesses: 1 }
    case 'outsiders':
      return { ...plan, outsiders: 1 + random.int(2) }
    case 'sites':
      return { ...plan, voters: random.pick([3, 5]), witnesses: 1, sites: 3 }
    case 'policies':
      return { ...plan, voters: 5, sites: 2 }
    case 'changing':
      return { ...plan, voters: random.pick([2, 3, 3, 5]), outsiders: random.int(2) }
    default:
      return plan
  }
}
