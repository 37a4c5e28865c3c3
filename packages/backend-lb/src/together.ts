import type { Backend, Epoch, Observation } from '@movip/core/backend'

/** How something stands that consists of several things: here if all of it is, and nowhere only if nothing of it is left. */
export function observed(isServing: boolean, parts: readonly Observation[]): Observation {
  const unknown = parts.find(({ state }) => state === 'unknown')
  if (unknown !== undefined) return unknown
  const isAllHere = parts.every(({ state }) => state === 'here')
  if (isServing) return isAllHere ? { state: 'here' } : { state: 'nowhere' }
  // What an earlier life has left is here until it is released.
  if (parts.some(({ state }) => state === 'here')) return { state: 'here' }
  return parts.find(({ state }) => state === 'elsewhere') ?? { state: 'nowhere' }
}

/** All at once, whatever fails; then fails as the first of them. */
export async function releaseAll(parts: readonly Backend[], epoch: Epoch, signal: AbortSignal): Promise<void> {
  const ended = await Promise.allSettled(parts.map((each) => each.release(epoch, signal)))
  const failed = ended.find((each) => each.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}
