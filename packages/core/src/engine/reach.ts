import type { GroupId, GroupSpec } from '../model/index.ts'
import type { Brain } from './brain.ts'

/** Whether anybody heard complains of anything: of very many groups almost never one is, and looking at each takes longest. */
export function isComplainedOf({ peers }: Brain): boolean {
  for (const { beat } of peers.all()) if (beat.report.unreached !== undefined) return true
  return false
}

/**
 * Why this node should give up a group although it finds nothing wrong itself: of all nodes that could serve it instead, and are heard, none
 * reaches it here through its VIP. null: it should not.
 */
export function unreachedHere(brain: Brain, group: GroupId): string | null {
  const { self, peers, silent, state } = brain
  const { node, epoch } = state.assignments[group] ?? {}
  if (node !== self) return null
  const others = candidates(brain, group).filter((other) => other !== self && !silent.has(other) && peers.get(other) !== undefined)
  const complains = (other: string): boolean =>
    peers.get(other)?.beat.report.unreached?.some((one) => one.group === group && one.epoch === epoch) ?? false
  return others.length > 0 && others.every(complains) ? `${others.join(' and ')} cannot reach it through the VIP` : null
}

function candidates({ state }: Brain, group: GroupId): GroupSpec['nodes'] {
  return state.spec.groups.find(({ id }) => id === group)?.nodes ?? []
}
