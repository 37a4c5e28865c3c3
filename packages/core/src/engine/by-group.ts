import type { GroupId } from '../model/index.ts'

interface OfGroup {
  readonly group: GroupId
}

const indexes = new WeakMap<readonly OfGroup[], ReadonlyMap<GroupId, readonly OfGroup[]>>()

/** What a list of a beat says of one group. A list is looked through once: beats that say the same share it. */
export function ofGroup<T extends OfGroup>(list: readonly T[], group: GroupId): readonly T[] {
  const known = indexes.get(list) as ReadonlyMap<GroupId, readonly T[]> | undefined
  const index = known ?? Map.groupBy(list, (one) => one.group)
  if (known === undefined) indexes.set(list, index)
  return index.get(group) ?? []
}
