import type { loadClusterSpec } from '@movip/core/config'

type ClusterSpec = Awaited<ReturnType<typeof loadClusterSpec>>

/** Services of this node that are children of the daemon, by group and part: a unit of systemd's runs beside it. */
export function startedServices(node: string, { groups }: Pick<ClusterSpec, 'groups'>): readonly string[] {
  const mine = groups.filter(({ nodes }) => nodes.includes(node))
  return mine.flatMap(({ id, service = [] }) => service.flatMap((part) => (part.kind === 'systemd' ? [] : [`${id}/${part.id}`])))
}
