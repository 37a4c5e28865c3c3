import type { Endpoint } from './endpoint.ts'

/** Nothing is up, and nothing is running that could bring it up. */
export function isDown(endpoint: Endpoint): boolean {
  return !endpoint.mayBeUp
}

/** It could not be claimed, or has not been so far: a configuration has just brought it. What is repaired is up again in no time. */
export function isMissing(endpoint: Endpoint): boolean {
  return endpoint.failing === 'claim' || (!endpoint.claimed && endpoint.repair === null && !endpoint.adopted)
}

/** A configuration change may take it out of the books. */
export function isGone(endpoint: Endpoint): boolean {
  return !endpoint.wanted && !endpoint.mayBeUp && endpoint.call === null
}

/** As it should be, or down, with nothing under way that changes it: another life may go on from here. */
export function isAtRest(endpoint: Endpoint): boolean {
  const { call, claimed, wanted, mayBeUp } = endpoint
  const changesNothing = call === null || call.operation === 'observe' || call.operation === 'prepare'
  return changesNothing && (claimed ? wanted : !mayBeUp)
}
