import type { ClusterSpec, Failback, FailbackWindow, GroupSpec, PlacementPolicy } from '../../model/index.ts'
import type { SeededRandom } from './random.ts'

/** As many groups as a node bears, where it has a capacity: few enough to matter, and so many that all have room when two nodes are lost. */
const CAPACITY = 2

/** There is no time of day in the simulator: each machine is told whether it is open. */
const WINDOW: FailbackWindow = { from: '02:00', to: '04:00', zone: 'UTC' }

/**
 * A configuration with rules for the places of its groups. None of them may leave a group unserved that could be served without it: so
 * there is room for all, and no group must be where another is.
 */
export function withPolicies(spec: ClusterSpec, random: SeededRandom): ClusterSpec {
  const hasCapacities = random.chance(0.5)
  const all = spec.nodes.filter(({ witness }) => !witness).map(({ id }) => id)
  const groups = spec.groups.map((group): GroupSpec => {
    const nodes = hasCapacities ? random.shuffled(all) : group.nodes
    return { ...group, nodes, placement: drawPolicy({ ...group, nodes }, spec, random) }
  })
  return { ...spec, nodes: hasCapacities ? spec.nodes.map((node) => ({ ...node, capacity: CAPACITY })) : spec.nodes, groups }
}

function drawPolicy(group: GroupSpec, { groups, nodes, timing }: ClusterSpec, random: SeededRandom): PlacementPolicy {
  const afterMs = timing.leaseMs * random.pick([0, 1, 5, 20])
  const failback = random.pick<Failback | null>([null, 'manual', { afterMs }, { afterMs, window: WINDOW }, { afterMs }])
  const others = groups.map(({ id }) => id).filter((id) => id !== group.id)
  const sites = random.shuffled([...new Set(nodes.map(({ site }) => site))])
  return {
    ...(failback === null ? {} : { failback }),
    ...(others.length > 0 && random.chance(0.5)
      ? { spread: { groups: [random.pick(others)], by: random.pick(['node', 'site'] as const) } }
      : {}),
    ...(random.chance(0.3) ? { sites: sites.slice(0, 1) } : {}),
    ...(random.chance(0.3) ? { startDelayMs: timing.leaseMs * random.pick([1, 10]) } : {}),
    ...(random.chance(0.3) ? { minFit: 1 + random.int(group.nodes.length) } : {}),
  }
}
