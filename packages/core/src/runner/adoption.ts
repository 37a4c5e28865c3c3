import type { Epoch, HandedLease, Instant } from '../model/index.ts'
import type { Endpoint } from './endpoint.ts'
import { leading } from './following.ts'
import type { Group } from './group.ts'
import { isAtRest } from './standing.ts'

/** A group that the life before has handed over: it is up, although nothing is known of its endpoints yet. */
export function adoptGroup(group: Group, { epoch, until }: HandedLease, since: Instant): void {
  group.adopted = { epoch, since }
  // Of the way here nothing is told again.
  group.right = { epoch, since, until, started: true, reached: true, verified: true, followed: true }
  group.closedUpTo = epoch - 1
}

/** Why another life could not go on from here; null: it could. */
export function unrestOf(group: Group): string | null {
  const { id, right, next, closing, endpoints, known } = group
  const isWell = next === null && closing.length === 0 && (right === null || (known && right.reached))
  const all = leading(endpoints.values())
  if (isWell && all.every((endpoint) => isAtRest(endpoint) && (right === null || endpoint.claimed))) return null
  return `${id} is not at rest here`
}

/** The life that this one has replaced left it up: it counts as up until it is claimed anew, or released and seen to be down. */
export function adoptEndpoint(endpoint: Endpoint, epoch: Epoch): void {
  endpoint.epoch = epoch
  endpoint.mayBeUp = true
  endpoint.inDoubt = true
  endpoint.adopted = true
}
