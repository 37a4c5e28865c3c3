import type { Assignment, ClusterSpec, GroupId, GroupSpec, NodeId } from '../model/index.ts'

/** The groups in the order of the configuration, but each after those on whose node it must be. */
export function leadersFirst(groups: readonly GroupSpec[]): readonly GroupSpec[] {
  if (groups.every(({ placement }) => placement?.together === undefined)) return groups
  const known = new Map(groups.map((group) => [group.id, group]))
  const ordered = new Set<GroupSpec>()
  const begun = new Set<GroupId>()
  const add = (group: GroupSpec): void => {
    // A circle is refused with the configuration; should there be one, it is cut where it was entered.
    if (begun.has(group.id)) return
    begun.add(group.id)
    for (const leader of group.placement?.together ?? []) {
      const found = known.get(leader)
      if (found !== undefined) add(found)
    }
    ordered.add(group)
  }
  for (const group of groups) add(group)
  return [...ordered]
}

/** A group comes to a node only after those that it must be with. */
export function hasLeadersAt(
  { placement }: GroupSpec,
  node: NodeId,
  { groups }: Pick<ClusterSpec, 'groups'>,
  latest: ReadonlyMap<GroupId, Assignment>,
): boolean {
  const isConfigured = (leader: GroupId): boolean => groups.some(({ id }) => id === leader)
  return (placement?.together ?? []).every((leader) => !isConfigured(leader) || latest.get(leader)?.node === node)
}
