import { BackendError } from '../backend.ts'
import type { Backend, Grant, Observation } from '../backend.ts'
import type { Epoch, GroupId, Instant } from '../model/index.ts'
import type { Clock } from '../ports.ts'
import type { CallResult, RunnerEffect } from '../runner/types.ts'
import { OneATurn } from './one-a-turn.ts'

type CallEffect = Extract<RunnerEffect, { type: 'call' }>
type RenewEffect = Extract<RunnerEffect, { type: 'renew' }>

export interface ExecutorOptions {
  readonly clock: Clock
  readonly backendOf: (group: GroupId, endpoint: string) => Backend | undefined
  readonly onSettled: (call: number, result: CallResult) => void
  readonly onLapsed: (group: GroupId, endpoint: string) => void
}

/** Performs what the runner wants on real backends. */
export interface Executor {
  call(effect: CallEffect): void
  abort(call: number): void
  /** The lease of a running claim was renewed. */
  extend(call: number, until: Instant): void
  renew(effect: RenewEffect): void
  /** Last resort of a process that ends: takes down all it can within the time, and names what it could not. */
  releaseEverything(withinMs: number): Promise<readonly string[]>
}

interface RunningCall {
  readonly effect: CallEffect
  readonly controller: AbortController
  readonly ended: Promise<void>
  cancelLimit: () => void
}

/** An endpoint that was claimed in this life. */
interface Claimed {
  readonly group: GroupId
  readonly backend: Backend
  readonly epoch: Epoch
  readonly name: string
}

/** How long a call may take before it is aborted. A claim is bounded by its lease instead. */
export const limitsMs = { prepare: 1000, observe: 2000, release: 10_000 } as const
/** A service that is stopped by force gets so long for that, beside its own time. */
const forcedStopMs = 15_000
/** Programs that look whether a service runs are slower than a look at an address. */
const serviceLookMs = 10_000
/** A call that changes nothing is not waited for longer than this once it is aborted. */
const graceMs = 250
/** Of a call that was aborted before its turn came. */
const notBegun: CallResult = { ok: false, code: 'ABORTED', message: 'it was called off before it began', aborted: true }

export function createExecutor(options: ExecutorOptions): Executor {
  const { clock } = options
  const running = new Map<number, RunningCall>()
  const claimed = new Map<string, Claimed>()
  const turns = new OneATurn()
  let givenUp = false

  const limit = (call: RunningCall, until: Instant): void => {
    call.cancelLimit()
    call.cancelLimit = clock.at(until, () => call.controller.abort())
  }

  const perform = async (effect: CallEffect, signal: AbortSignal): Promise<CallResult> => {
    const backend = options.backendOf(effect.group, effect.endpoint)
    if (!backend) return { ok: false, code: 'FAILED', message: 'the endpoint is not set up on this node', aborted: false }
    if (effect.operation === 'claim') {
      const name = nameOf(effect)
      claimed.set(name, { group: effect.group, backend, epoch: effect.epoch, name })
    }
    return resultOf(backend, effect, signal)
  }

  return {
    call(effect) {
      if (givenUp) return
      const controller = new AbortController()
      const { signal } = controller
      const ended = turns
        .begin(() => (signal.aborted ? notBegun : perform(effect, signal)), { urgent: effect.operation === 'release' })
        .then((result) => {
          running.get(effect.call)?.cancelLimit()
          running.delete(effect.call)
          if (!givenUp) options.onSettled(effect.call, result)
        })
      const call: RunningCall = { effect, controller, ended, cancelLimit: () => undefined }
      running.set(effect.call, call)
      limit(
        call,
        effect.operation === 'claim'
          ? (effect.grant?.until ?? -Infinity)
          : clock.now() + limitMs(options.backendOf(effect.group, effect.endpoint), effect.operation),
      )
    },
    abort: (call) => running.get(call)?.controller.abort(),
    extend(call, until) {
      const found = running.get(call)
      if (!found || found.controller.signal.aborted) return
      limit(found, until)
      extendClaim(found.effect, until, options)
    },
    renew({ group, endpoint, grant }) {
      const backend = options.backendOf(group, endpoint)
      if (backend?.renew && !backend.renew(grant)) options.onLapsed(group, endpoint)
    },
    releaseEverything(withinMs) {
      givenUp = true
      return takeDown([...claimed.values()], [...running.values()], withinMs)
    },
  }
}

function extendClaim({ group, endpoint, grant }: CallEffect, until: Instant, { backendOf }: ExecutorOptions): void {
  if (grant) backendOf(group, endpoint)?.extend?.({ ...grant, until })
}

/** A service may take its own time to stop, and to prepare. */
function limitMs(backend: Backend | undefined, operation: keyof typeof limitsMs): number {
  const service = backend?.capabilities.service
  if (service === undefined) return limitsMs[operation]
  if (operation === 'observe') return serviceLookMs
  return operation === 'release' ? service.stopMs + forcedStopMs : service.startMs
}

/** Ends the running calls of each endpoint, then releases it, the traffic before the service. Names what did not come down in time. */
async function takeDown(claimed: readonly Claimed[], running: readonly RunningCall[], withinMs: number): Promise<readonly string[]> {
  const signal = AbortSignal.timeout(withinMs)
  const left = new Set(claimed.map(({ name }) => name))
  const down = async ({ backend, epoch, name }: Claimed): Promise<void> => {
    const calls = running.filter(({ effect }) => nameOf(effect) === name)
    for (const { controller, cancelLimit } of calls) {
      cancelLimit()
      controller.abort()
    }
    await Promise.all(calls.map(({ ended }) => ended))
    await backend.release(epoch, signal)
    left.delete(name)
  }
  const allDown = async (): Promise<void> => {
    await Promise.allSettled(claimed.filter((each) => orderOf(each) === undefined).map(down))
    const groups = Map.groupBy(claimed, ({ group }) => group)
    await Promise.allSettled([...groups.values()].map(stagesDown))
  }
  /** From the last stage to the first. What comes before the service is let go only when all that stands on it is down. */
  const stagesDown = async (own: readonly Claimed[]): Promise<void> => {
    let isAllDown = own.every((each) => orderOf(each) !== undefined || !left.has(each.name))
    const stages = own.flatMap((each) => {
      const order = orderOf(each)
      return order === undefined ? [] : [{ each, order }]
    })
    for (const { each, order } of stages.toSorted((a, b) => b.order - a.order)) {
      if (order >= 0 || isAllDown) await down(each).catch(() => undefined)
      isAllDown &&= !left.has(each.name)
    }
  }
  await Promise.race([allDown(), whenAborted(signal)])
  return [...left]
}

/** Its stage, if it carries no traffic. */
function orderOf({ backend }: Claimed): number | undefined {
  return backend.capabilities.service?.order
}

function nameOf(effect: CallEffect): string {
  return `${effect.group}/${effect.endpoint}`
}

async function resultOf(backend: Backend, effect: CallEffect, signal: AbortSignal): Promise<CallResult> {
  try {
    const done = operate(backend, effect, signal)
    const observation = await (changesNothing(effect) ? cutOff(done, signal) : done)
    return observation ? { ok: true, observation } : { ok: true }
  } catch (error) {
    return failure(error, signal.aborted)
  }
}

function operate(backend: Backend, effect: CallEffect, signal: AbortSignal): Promise<Observation | void> {
  switch (effect.operation) {
    case 'prepare':
      return backend.prepare?.(signal) ?? Promise.resolve()
    case 'observe':
      return backend.observe(signal)
    case 'release':
      return backend.release(effect.epoch, signal)
    case 'claim':
      return backend.claim(grantOf(effect), signal)
  }
}

function grantOf(effect: CallEffect): Grant {
  if (!effect.grant) throw new Error('invariant: a claim without a grant')
  return effect.grant
}

function changesNothing(effect: CallEffect): boolean {
  return effect.operation === 'observe' || effect.operation === 'prepare'
}

/** Ends soon after the abort, even if the call does not. */
function cutOff<T>(call: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined
    const giveUp = (): void => {
      timer = setTimeout(
        () => reject(new BackendError('TIMEOUT', 'the call did not end when it was aborted', 'report this to the author of the backend')),
        graceMs,
      )
    }
    signal.addEventListener('abort', giveUp, { once: true })
    call.then(resolve, reject).finally(() => {
      clearTimeout(timer)
      signal.removeEventListener('abort', giveUp)
    })
  })
}

function failure(error: unknown, aborted: boolean): CallResult {
  if (error instanceof Error && 'code' in error && 'fix' in error && typeof error.code === 'string') {
    return { ok: false, code: error.code, message: `${error.message} (${String(error.fix)})`, aborted }
  }
  return { ok: false, code: aborted ? 'ABORTED' : 'FAILED', message: error instanceof Error ? error.message : String(error), aborted }
}

function whenAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
