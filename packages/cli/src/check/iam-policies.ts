import { loadClusterSpec, loadNodeConfig, loadPlugins } from '@movip/core/config'
import { policiesOf } from './iam-policy.ts'
import type { PolicyOf } from './iam-policy.ts'

/** The least policies for every endpoint in AWS of the `cluster.yaml` that this node names, whatever node holds it. */
export async function iamPolicies(config: string): Promise<readonly PolicyOf[]> {
  const node = await loadNodeConfig(config)
  const { groups } = await loadClusterSpec(node.bootstrap, node.node)
  const endpoints = groups.flatMap((group) => group.endpoints.filter(({ backend }) => backend.startsWith('aws-')))
  const plugins = await loadPlugins(endpoints.map(({ backend }) => backend))
  return policiesOf(endpoints.flatMap(({ backend, options }) => plugins.get(backend)?.kind.rights?.(options) ?? []))
}
