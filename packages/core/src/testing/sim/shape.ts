import type { ClusterSpec, GroupSpec, Member, Timing } from '../../model/index.ts'
import type { SeededRandom } from './random.ts'

/** Names of the world shapes; a seed picks one unless it is told. */
export const SHAPES = ['three', 'five', 'seven', 'witness', 'outsiders', 'sites', 'skewed'] as const
export type ShapeName = (typeof SHAPES)[number]

export interface Shape {
  readonly name: ShapeName
  readonly spec: ClusterSpec
  /** Delay between sites, one way, ms. */
  readonly distanceMs: number
}

interface Plan {
  readonly voters: number
  readonly witnesses: number
  readonly outsiders: number
  readonly groups: number
  readonly sites: number
}

const PACES: readonly Omit<Timing, 'driftPpmMax'>[] = [
  { heartbeatMs: 100, leaseMs: 1000, electionMs: 900 },
  { heartbeatMs: 200, leaseMs: 1000, electionMs: 900 },
  { heartbeatMs: 25, leaseMs: 250, electionMs: 225 },
  { heartbeatMs: 100, leaseMs: 1000, electionMs: 500 },
  { heartbeatMs: 100, leaseMs: 600, electionMs: 1500 },
]

/** A cluster drawn by chance, of the named shape or of any. */
export function drawShape(random: SeededRandom, wanted?: ShapeName): Shape {
  const name = wanted ?? random.weighted({ three: 8, five: 2, seven: 1, witness: 2, outsiders: 2, sites: 2, skewed: 3 })
  const plan = planOf(name, random)
  const timing: Timing = {
    ...random.pick(PACES),
    driftPpmMax: name === 'skewed' ? random.pick([50_000, 200_000]) : random.pick([1000, 1000, 20_000]),
  }
  const nodes: Member[] = []
  for (let index = 0; index < plan.voters + plan.outsiders; index++) {
    nodes.push({
      id: String.fromCodePoint(97 + index),
      site: `s${index % plan.sites}`,
      address: `10.0.0.${index + 1}`,
      voter: index < plan.voters,
      witness: index < plan.voters && index >= plan.voters - plan.witnesses,
    })
  }
  const holders = nodes.filter((node) => !node.witness).map((node) => node.id)
  const groups = Array.from({ length: plan.groups }, (_, index): GroupSpec => ({
    id: `g${index}`,
    mode: 'active-standby',
    nodes: random.shuffled(holders).slice(0, 2 + random.int(holders.length - 1)),
    endpoints: Array.from({ length: 1 + random.int(2) }, (_unused, endpoint) => ({
      id: `e${endpoint}`,
      backend: 'simulated',
      options: {},
    })),
  }))
  return { name, spec: { name: 'simulated', timing, nodes, groups }, distanceMs: name === 'sites' ? random.pick([5, 15, 30]) : 0 }
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
    default:
      return plan
  }
}
