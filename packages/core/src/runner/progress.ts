import type { Epoch, GroupId, Instant, ProgressStep } from '../model/index.ts'
import type { Endpoint } from './endpoint.ts'
import { followers, leading } from './following.ts'
import type { RunnerEffect } from './types.ts'

/** What a right has reached so far. */
export interface Progress {
  started: boolean
  /** All endpoints were claimed once under it. */
  reached: boolean
  verified: boolean
  /** What only points here does so, too; or there is nothing of the kind. */
  followed: boolean
}

export const NO_PROGRESS: Progress = { started: false, reached: false, verified: false, followed: false }

interface Course {
  readonly id: GroupId
  readonly right: (Progress & { readonly epoch: Epoch }) | null
  readonly endpoints: ReadonlyMap<string, Endpoint>
}

/** All is claimed: the world is asked at once whether that is so, and not only when its turn comes. */
export function lookAtOnce(endpoints: ReadonlyMap<string, Endpoint>, now: Instant): void {
  for (const endpoint of endpoints.values()) if (endpoint.claimed && !isService(endpoint)) endpoint.observeAt = now
}

/** Tells what the right has reached since it was asked last. */
export function tellProgress({ id, right, endpoints }: Course, emit: (effect: RunnerEffect) => void): void {
  if (right === null || (right.verified && right.followed)) return
  const tell = (step: ProgressStep): void => emit({ type: 'progress', group: id, epoch: right.epoch, step })
  if (right.verified) {
    right.followed = followers(endpoints.values()).every(({ claimed }) => claimed)
    if (right.followed) tell('followed')
    return
  }
  const parts = leading(endpoints.values()).filter(({ wanted }) => wanted)
  const services = parts.filter(isService)
  if (!right.started && services.length > 0 && services.every(({ claimed }) => claimed)) {
    right.started = true
    tell('started')
  }
  if (!right.reached) return
  if (parts.some((part) => !isService(part) && !part.seen)) return
  right.verified = true
  tell('verified')
  right.followed = followers(endpoints.values()).length === 0
  if (!right.followed) tell('following')
}

/** What is missing to a right that ends; null: nothing was. */
export function shortfall(right: Progress, endpoints: ReadonlyMap<string, Endpoint>): string | null {
  if (right.reached) return null
  const missing = leading(endpoints.values()).filter(({ wanted, claimed }) => wanted && !claimed)
  const failing = missing.filter(({ lastError }) => lastError !== null)
  const told = (failing.length > 0 ? failing : missing).map(({ id, lastError }) => `${id}: ${lastError ?? 'its claim had not ended'}`)
  return told.join('; ') || 'its endpoints were not set up'
}

function isService({ capabilities }: Endpoint): boolean {
  return capabilities.service !== undefined
}
