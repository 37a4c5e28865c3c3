import type { ClusterSpec, NodeId, Timing } from '../../model/index.ts'

/** What a script says of its cluster before anybody starts. */
export interface Setting {
  nodes: { id: NodeId; kind: string }[]
  groups: { id: string; nodes: string[] }[]
  timing: Timing
  /** How fast clocks run; 1 where nothing is said. */
  rates: Map<NodeId, number>
}

export function newSetting(): Setting {
  return { nodes: [], groups: [], timing: { heartbeatMs: 100, leaseMs: 1000, electionMs: 900, driftPpmMax: 1000 }, rates: new Map() }
}

export function specOf(setting: Setting): ClusterSpec {
  return {
    name: 'scenario',
    timing: setting.timing,
    nodes: setting.nodes.map(({ id, kind }, index) => ({
      id,
      site: 'here',
      address: `10.0.0.${index + 1}`,
      voter: kind !== 'outsider',
      witness: kind === 'witness',
    })),
    groups: setting.groups.map(({ id, nodes }) => ({
      id,
      mode: 'active-standby',
      nodes,
      endpoints: [{ id: 'e0', backend: 'simulated', options: {} }],
    })),
  }
}
