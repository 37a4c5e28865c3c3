import type { Capabilities, Grant, Observation } from '../backend.ts'
import type { Epoch, GroupId, Instant, NodeId } from '../model/index.ts'
import type { CallResult, RunnerEffect } from './types.ts'

type Operation = 'prepare' | 'claim' | 'release' | 'observe'

interface RunningCall {
  readonly id: number
  readonly operation: Operation
  readonly epoch: Epoch
  readonly grant: Grant | null
  /** Until when the call may run; moves along with the lease. */
  limit: Instant
  aborted: boolean
}

/** One endpoint of one group on this node: what is known of it, and the one call that may be running. */
export interface Endpoint {
  readonly id: string
  readonly capabilities: Capabilities
  /** Still part of the configuration. */
  wanted: boolean
  call: RunningCall | null
  /** Epoch of the last claim that was started. */
  epoch: Epoch
  /** A claim was started, and nothing since has confirmed that the endpoint is down. */
  mayBeUp: boolean
  /** A claim ended otherwise than well, so it may land yet: a release counts only once the world confirms it. */
  inDoubt: boolean
  /** Released; the world is being asked whether that is true. */
  confirming: boolean
  claimed: boolean
  /** Claimed, and the world was asked since and said that it is here. */
  seen: boolean
  /** It was claimed by the life that this one has replaced, and is being claimed once more under the same epoch. */
  adopted: boolean
  /** End of the lease that the backend was last told. */
  granted: Instant
  /** Why a claim is being made again. */
  repair: string | null
  failing: 'claim' | 'release' | null
  failures: number
  retryAt: Instant
  observeAt: Instant
  lastError: string | null
}

/** What steering an endpoint needs to know, and where its effects go. */
export interface Steering {
  readonly group: GroupId
  readonly self: NodeId
  readonly now: Instant
  readonly observeMs: number
  readonly right: { readonly epoch: Epoch; readonly until: Instant } | null
  /** Epochs up to this one are over. */
  readonly closedUpTo: Epoch
  /** May it come up or go down now, or has something else to do so before? */
  readonly isItsTurn: boolean
  readonly nextCall: () => number
  readonly emit: (effect: RunnerEffect) => void
}

const retryMsMin = 100
const retryMsMax = 2000
/** A rival may leave any moment: asking again is cheap, and waiting longer would cost clients. */
const conflictRetryMs = 500
const unknownRetryMs = 500

export function createEndpoint(id: string, capabilities: Capabilities): Endpoint {
  return {
    id,
    capabilities,
    wanted: true,
    call: null,
    epoch: -1,
    mayBeUp: false,
    inDoubt: false,
    confirming: false,
    claimed: false,
    seen: false,
    adopted: false,
    granted: -Infinity,
    repair: null,
    failing: null,
    failures: 0,
    retryAt: -Infinity,
    observeAt: Infinity,
    lastError: null,
  }
}

/** A claim may follow: lets the backend do what takes time and changes nothing. */
export function prepare(endpoint: Endpoint, epoch: Epoch, steering: Steering): void {
  if (endpoint.call === null && !endpoint.mayBeUp && endpoint.wanted) startCall(endpoint, 'prepare', epoch, null, steering)
}

/** Moves the endpoint one step towards what should be: up under the right, or down. */
export function steer(endpoint: Endpoint, steering: Steering): void {
  if (steering.right !== null && endpoint.wanted) steerUp(endpoint, steering.right, steering)
  else steerDown(endpoint, steering)
}

function steerUp(endpoint: Endpoint, right: { readonly epoch: Epoch; readonly until: Instant }, steering: Steering): void {
  prolong(endpoint, right, steering)
  if (endpoint.call !== null) return
  if (endpoint.claimed) {
    if (steering.now >= endpoint.observeAt) startCall(endpoint, 'observe', right.epoch, null, steering)
  } else if (steering.isItsTurn && steering.now >= endpoint.retryAt) {
    endpoint.confirming = false
    endpoint.mayBeUp = true
    endpoint.epoch = right.epoch
    startCall(endpoint, 'claim', right.epoch, { epoch: right.epoch, holder: steering.self, until: right.until }, steering)
  }
}

/** What has been claimed, or is being claimed, hears of the end of the lease where that is a later one. */
export function prolong(
  endpoint: Endpoint,
  { epoch, until }: { readonly epoch: Epoch; readonly until: Instant },
  { group, self, emit }: Pick<Steering, 'group' | 'self' | 'emit'>,
): void {
  if (endpoint.claimed && endpoint.granted < until) {
    endpoint.granted = until
    emit({ type: 'renew', group, endpoint: endpoint.id, grant: { epoch, holder: self, until } })
  }
  const { call } = endpoint
  if (call?.operation !== 'claim' || call.limit >= until) return
  call.limit = until
  emit({ type: 'extend', call: call.id, until })
}

function steerDown(endpoint: Endpoint, steering: Steering): void {
  endpoint.repair = null
  endpoint.adopted = false
  if (endpoint.claimed || endpoint.failing === 'claim') {
    endpoint.claimed = false
    clearFailure(endpoint)
  }
  const { call } = endpoint
  if (call !== null) {
    const goesOn =
      call.operation === 'release' ||
      (call.operation === 'observe' && endpoint.confirming) ||
      (call.operation === 'prepare' && endpoint.wanted && call.epoch > steering.closedUpTo)
    if (!goesOn) abort(call, steering)
    return
  }
  if (!endpoint.mayBeUp || !steering.isItsTurn || steering.now < endpoint.retryAt) return
  startCall(endpoint, endpoint.confirming ? 'observe' : 'release', endpoint.epoch, null, steering)
}

function startCall(endpoint: Endpoint, operation: Operation, epoch: Epoch, grant: Grant | null, steering: Steering): void {
  const id = steering.nextCall()
  endpoint.call = { id, operation, epoch, grant, limit: grant?.until ?? Infinity, aborted: false }
  if (operation === 'observe') endpoint.observeAt = Infinity
  steering.emit({ type: 'call', call: id, group: steering.group, endpoint: endpoint.id, operation, grant, epoch })
}

function abort(call: RunningCall, steering: Steering): void {
  if (call.aborted) return
  call.aborted = true
  steering.emit({ type: 'abort', call: call.id })
}

/** The running call has ended. */
export function settle(endpoint: Endpoint, result: CallResult, steering: Steering): void {
  const { call } = endpoint
  if (call === null) return
  endpoint.call = null
  if (!result.ok && !call.aborted) {
    endpoint.lastError = `${call.operation}: ${result.code}: ${result.message}`
    steering.emit({
      type: 'event',
      event: {
        type: 'call-failed',
        group: steering.group,
        epoch: call.epoch,
        endpoint: endpoint.id,
        operation: call.operation,
        code: result.code,
        message: result.message,
      },
    })
  }
  if (call.operation === 'claim') settleClaim(endpoint, call, result, steering)
  else if (call.operation === 'release') settleRelease(endpoint, result, steering)
  else if (call.operation === 'observe') settleObserve(endpoint, call, result, steering)
}

function settleClaim(endpoint: Endpoint, call: RunningCall, result: CallResult, steering: Steering): void {
  if (!result.ok) {
    endpoint.inDoubt = true
    if (!call.aborted) fail(endpoint, 'claim', result.code === 'CONFLICT' ? conflictRetryMs : null, steering.now)
    return
  }
  clearFailure(endpoint)
  endpoint.claimed = true
  endpoint.seen = false
  endpoint.adopted = false
  endpoint.granted = call.grant?.until ?? -Infinity
  endpoint.observeAt = Math.min(endpoint.observeAt, steering.now + steering.observeMs)
  if (endpoint.repair !== null) {
    steering.emit({ type: 'event', event: { type: 'repaired', group: steering.group, endpoint: endpoint.id, why: endpoint.repair } })
    endpoint.repair = null
  }
}

function settleRelease(endpoint: Endpoint, result: CallResult, steering: Steering): void {
  if (!result.ok) {
    // What a half-done release left behind is not known either.
    endpoint.inDoubt = true
    fail(endpoint, 'release', null, steering.now)
  } else if (endpoint.inDoubt) {
    endpoint.confirming = true
    endpoint.retryAt = -Infinity
  } else {
    becomeDown(endpoint)
  }
}

function settleObserve(endpoint: Endpoint, call: RunningCall, result: CallResult, steering: Steering): void {
  const observation: Observation =
    result.ok && result.observation !== undefined
      ? result.observation
      : { state: 'unknown', why: result.ok ? 'the backend did not say' : result.message }
  if (endpoint.confirming) {
    settleConfirmation(endpoint, observation, steering)
    return
  }
  // An observation that was cut short, or of something no longer claimed, says nothing about what should be done now.
  if (!endpoint.claimed || call.aborted) return
  if (observation.state === 'here') {
    endpoint.seen = true
    endpoint.observeAt = Math.min(endpoint.observeAt, steering.now + steering.observeMs)
  } else if (observation.state === 'unknown') endpoint.observeAt = Math.min(endpoint.observeAt, steering.now + unknownRetryMs)
  else startRepair(endpoint, observation.state === 'nowhere' ? 'it was gone' : `it was at ${observation.who}`)
}

function settleConfirmation(endpoint: Endpoint, observation: Observation, steering: Steering): void {
  if (observation.state === 'nowhere' || observation.state === 'elsewhere') {
    becomeDown(endpoint)
    return
  }
  endpoint.confirming = observation.state === 'unknown'
  endpoint.lastError =
    observation.state === 'unknown'
      ? `release: cannot tell whether it is down: ${observation.why}`
      : 'release: still here after it was released'
  fail(endpoint, 'release', null, steering.now)
}

/** Claims again what should be here and is not. */
export function startRepair(endpoint: Endpoint, why: string): void {
  endpoint.claimed = false
  endpoint.repair = why
  endpoint.retryAt = -Infinity
  endpoint.observeAt = Infinity
}

/** A new right begins with a clean slate: failures of an earlier one delay nothing. */
export function freshen(endpoint: Endpoint): void {
  clearFailure(endpoint)
  endpoint.observeAt = Infinity
}

function becomeDown(endpoint: Endpoint): void {
  endpoint.mayBeUp = false
  endpoint.inDoubt = false
  endpoint.confirming = false
  endpoint.claimed = false
  endpoint.observeAt = Infinity
  clearFailure(endpoint)
}

function clearFailure(endpoint: Endpoint): void {
  endpoint.failing = null
  endpoint.failures = 0
  endpoint.retryAt = -Infinity
  endpoint.lastError = null
}

function fail(endpoint: Endpoint, operation: 'claim' | 'release', retryMs: number | null, now: Instant): void {
  if (endpoint.failing !== operation) endpoint.failures = 0
  endpoint.failing = operation
  endpoint.retryAt = now + (retryMs ?? Math.min(retryMsMin * 2 ** endpoint.failures, retryMsMax))
  endpoint.failures = Math.min(endpoint.failures + 1, 10)
}

/** When the endpoint next needs steering, if nothing happens before. */
export function nextWake(endpoint: Endpoint, up: boolean): Instant {
  if (endpoint.call !== null) return Infinity
  if (up && endpoint.wanted) return endpoint.claimed ? endpoint.observeAt : endpoint.retryAt
  return endpoint.mayBeUp ? endpoint.retryAt : Infinity
}
