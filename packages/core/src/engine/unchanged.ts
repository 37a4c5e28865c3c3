import type { Fitness, GroupId, Holding } from '../model/index.ts'

// What says the same as in the beat before is the same object: whoever writes, sends, hears or compares beats of very many groups need not
// look into it.

export function unchangedHolds(before: readonly Holding[] | undefined, now: readonly Holding[]): readonly Holding[] {
  const isSame = (one: Holding, position: number): boolean => one.epoch === now[position]?.epoch && one.state === now[position].state
  return before !== undefined && before.length === now.length && before.every(isSame) ? before : now
}

type Fitnesses = Readonly<Record<GroupId, Fitness>>

/** What is the same is not even put together anew. */
export function unchangedFitness(before: Fitnesses | undefined, groups: readonly GroupId[], now: (group: GroupId) => Fitness): Fitnesses {
  const isAll = before !== undefined && groups.length === Object.keys(before).length
  if (isAll && groups.every((group) => saysTheSame(before[group], now(group)))) return before
  return Object.fromEntries(groups.map((group) => [group, now(group)]))
}

function saysTheSame(old: Fitness | undefined, fresh: Fitness): boolean {
  return old === fresh || (old?.level === fresh.level && old.reasons.join('\n') === fresh.reasons.join('\n'))
}
