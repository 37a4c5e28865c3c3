import type { Endpoint } from './endpoint.ts'
import { isFollower } from './following.ts'

/** A service comes up part by part before any traffic, and goes down after it: traffic is the last stage that anything stands on. */
function stageOf({ capabilities }: Endpoint): number {
  return capabilities.service?.order ?? Infinity
}

/** Is it its turn to be claimed, or to be released? All that it stands on is claimed; or nothing stands on it any more. */
export function isItsTurn(endpoint: Endpoint, all: readonly Endpoint[], hasRight: boolean): boolean {
  const stage = stageOf(endpoint)
  if (hasRight && endpoint.wanted) {
    // It is up already, and so is what it stands on: only its lease waits to be renewed.
    if (endpoint.adopted) return true
    if (isFollower(endpoint, all)) return all.every((other) => !other.wanted || isThere(other) || isFollower(other, all))
    for (const other of all) if (stageOf(other) < stage && other.wanted && !other.claimed) return false
    return true
  }
  // A part that is configured no more goes without the others.
  if (hasRight || isFollower(endpoint, all)) return true
  for (const other of all) if (stageOf(other) > stage && other.mayBeUp && !isFollower(other, all)) return false
  return true
}

/** Nobody is pointed at what was not seen to be up. */
function isThere({ capabilities, claimed, seen }: Endpoint): boolean {
  return claimed && (seen || capabilities.service !== undefined)
}

/** A part of the service may still run: nobody else should start it yet. What comes before the service runs nothing. */
export function isServiceUp(all: Iterable<Endpoint>): boolean {
  for (const { capabilities, mayBeUp } of all) if ((capabilities.service?.order ?? -1) >= 0 && mayBeUp) return true
  return false
}

/** How long the parts of the service may take to stop, one after the other, ms. */
export function stopMsOf(all: Iterable<Endpoint>): number {
  let sum = 0
  for (const { capabilities } of all) sum += capabilities.service?.stopMs ?? 0
  return sum
}
