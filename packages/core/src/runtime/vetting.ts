import { isDeepStrictEqual } from 'node:util'
import { programsOf } from '../config/programs.ts'
import type { EngineStatus } from '../engine/types.ts'
import type { ClusterSpec, GroupSpec, NodeId } from '../model/index.ts'

/**
 * Whether the programs of a group are there can be seen on its own nodes alone. null: as many groups whose programs change can be looked
 * into on the node that was asked as on any other that is heard. Else what to say instead of taking the configuration unseen.
 */
export function askElsewhere(present: ClusterSpec, wanted: ClusterSpec, { node: asked, nodes }: EngineStatus): string | null {
  const { leaseMs } = present.timing
  const heard = nodes.filter(({ heardAgoMs }) => heardAgoMs !== null && heardAgoMs <= leaseMs).map(({ id }) => id)
  const changed = wanted.groups.filter((group) => hasNewPrograms(present, group))
  const unseenAt = (node: NodeId): readonly GroupSpec[] => changed.filter((group) => !group.nodes.includes(node))
  const unseen = unseenAt(asked)
  const least = Math.min(...heard.map((node) => unseenAt(node).length))
  if (unseen.length <= least) return null
  const better = heard.filter((node) => unseenAt(node).length === least)
  const names = unseen.map(({ id }) => id).join(', ')
  return `${asked} cannot see whether the programs of ${names} are where they are to run: do this at ${better.join(' or ')}`
}

function hasNewPrograms({ groups }: ClusterSpec, wanted: GroupSpec): boolean {
  const before = groups.find(({ id }) => id === wanted.id)
  const names = (group: GroupSpec): readonly string[] => programsOf(group).map(({ name }) => name)
  return names(wanted).length > 0 && (before === undefined || !isDeepStrictEqual(names(before), names(wanted)))
}
