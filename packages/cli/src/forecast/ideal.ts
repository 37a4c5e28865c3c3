import type { Picture } from '@movip/core/forecast'

type Spec = Picture['spec']
type Status = Picture['status']

/** The cluster of a configuration as it should be: all nodes up and fit, and each group with the node that it prefers. */
export function idealPicture(spec: Spec): Picture {
  const [first] = spec.nodes
  const incarnation = { dataId: '', generation: 1 }
  const status: Status = {
    node: first?.id ?? '',
    incarnation,
    cluster: spec.name,
    term: 1,
    role: 'coordinator',
    coordinator: spec.nodes.find(({ voter }) => voter)?.id ?? null,
    quorum: true,
    commit: 1,
    applied: 1,
    lastIndex: 1,
    voters: spec.nodes.filter(({ voter }) => voter).map(({ id }) => id),
    storageFailing: null,
    configuration: { version: 1, hash: '' },
    maintenance: { drained: {}, paused: {}, pausedAll: null },
    nodes: spec.nodes.map(({ id, site, voter, witness }) => ({
      id,
      site,
      voter,
      witness,
      heardAgoMs: 0,
      latenessMs: 0,
      leaving: false,
      upMs: Infinity,
      generation: 1,
      configHash: '',
    })),
    groups: spec.groups.map(({ id, nodes }) => ({
      id,
      holder: nodes[0] ?? null,
      epoch: 1,
      cause: '',
      state: 'active',
      leaseMs: null,
      candidates: nodes.map((node) => ({ node, fitness: { level: 'fit', reasons: [] } })),
    })),
  }
  return { spec, status }
}
