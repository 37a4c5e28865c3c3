import { resolvePlugins } from '@movip/core/config'
import type { NodeConfig } from '@movip/core/config'
import type { ApiNeed, NatsServer, Surroundings } from '../forecast/single-failures.ts'
import type { ClusterSpec } from './run-checks.ts'

/** What the cluster stands on beside its nodes and links. Of the NATS of other nodes only their addresses are known. */
export async function surroundingsOf(node: NodeConfig, spec: ClusterSpec): Promise<Surroundings> {
  return { nats: natsServersOf(node, spec), needs: await needsOf(spec) }
}

/** Beside a daemon a server of its own: whoever has several planes goes on over the others. Or servers of somebody else, the same for all. */
export function natsServersOf({ nats }: Pick<NodeConfig, 'nats'>, { nodes }: Pick<ClusterSpec, 'nodes'>): readonly NatsServer[] {
  const external = nats.filter((plane) => plane.type === 'external')
  const embedded = nats.filter((plane) => plane.type === 'embedded').map(({ name }) => name)
  const everybody = nodes.map(({ id }) => id)
  const beside = nodes.flatMap(({ id, addresses }) => {
    const planes = addresses === undefined ? embedded : Object.keys(addresses)
    return planes.map((plane) => ({
      name: planes.length > 1 ? `nats-server of ${id}, plane ${plane}` : `nats-server of ${id}`,
      alone: planes.length + external.length > 1 ? [] : [id],
    }))
  })
  const outside = external.flatMap(({ servers }) =>
    servers.map((server) => ({ name: server, alone: servers.length > 1 || nats.length > 1 ? [] : everybody })),
  )
  return [...(embedded.length === 0 ? [] : beside), ...outside]
}

async function needsOf({ nodes, groups }: ClusterSpec): Promise<readonly ApiNeed[]> {
  // What is not installed here is told of by whoever makes endpoints.
  const { plugins } = await resolvePlugins(groups.flatMap(({ endpoints }) => endpoints.map(({ backend }) => backend)))
  return groups.flatMap((group) =>
    group.endpoints.flatMap(({ at, backend, options }) => {
      const there = group.nodes.filter((id) => at === undefined || nodes.find((node) => node.id === id)?.site === at)
      const needs = plugins.get(backend)?.kind.needs?.(options) ?? []
      return there.length === 0 ? [] : needs.map((need): ApiNeed => ({ ...need, group: group.id, nodes: there }))
    }),
  )
}
