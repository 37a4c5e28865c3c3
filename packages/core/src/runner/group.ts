import type { Capabilities } from '../backend.ts'
import type { DropCause, Epoch, GroupId, HoldingState, Instant, NodeId } from '../model/index.ts'
import { adoptEndpoint } from './adoption.ts'
import { createEndpoint, freshen, nextWake, prepare, settle, startRepair, steer } from './endpoint.ts'
import type { Endpoint, Steering } from './endpoint.ts'
import { leading } from './following.ts'
import { lookAtOnce, NO_PROGRESS, shortfall, tellProgress } from './progress.ts'
import type { Progress } from './progress.ts'
import { isItsTurn, isServiceUp, stopMsOf } from './stages.ts'
import { isDown, isGone, isMissing } from './standing.ts'
import type { CallResult, GroupStatus, RunnerEffect } from './types.ts'

interface Right extends Progress {
  readonly epoch: Epoch
  readonly since: Instant
  until: Instant
}

interface Closing {
  readonly epoch: Epoch
  readonly cause: DropCause
  readonly since: Instant
  /** Something may have been claimed under it. */
  readonly held: boolean
  /** What was missing when it ended; null: nothing, or it has been told. */
  shortfall: string | null
}

/** One group on this node. */
export interface Group {
  readonly id: GroupId
  readonly endpoints: Map<string, Endpoint>
  /** Its endpoints were made; until then nothing can be claimed and nothing counts as claimed. */
  known: boolean
  /** The life before left it up under this epoch, and not all of it has been claimed anew or seen to be down. */
  adopted: { readonly epoch: Epoch; readonly since: Instant } | null
  right: Right | null
  /** A lease that waits until what came before it is down. */
  next: { readonly epoch: Epoch; readonly since: Instant; until: Instant } | null
  closing: Closing[]
  /** No lease up to this epoch counts any more. */
  closedUpTo: Epoch
  readonly released: Set<Epoch>
  said: { readonly epoch: Epoch; readonly state: HoldingState } | null
}

export interface GroupContext {
  readonly self: NodeId
  readonly now: Instant
  readonly observeMs: number
  readonly nextCall: () => number
  readonly emit: (effect: RunnerEffect) => void
}

/** A release that takes longer needs a person. */
const stuckMs = 5000

export function createGroup(id: GroupId): Group {
  return {
    id,
    endpoints: new Map(),
    known: false,
    adopted: null,
    right: null,
    next: null,
    closing: [],
    closedUpTo: -1,
    released: new Set(),
    said: null,
  }
}

export function onExpect(group: Group, epoch: Epoch, context: GroupContext): void {
  if (epoch <= group.closedUpTo || group.right !== null) return
  for (const endpoint of group.endpoints.values()) prepare(endpoint, epoch, steering(group, endpoint, context))
}

export function onLease(group: Group, epoch: Epoch, until: Instant, context: GroupContext): void {
  if (epoch <= group.closedUpTo) return
  const current = [group.right, group.next].find((right) => right?.epoch === epoch)
  if (current) {
    current.until = Math.max(current.until, until)
    return
  }
  if (group.right) {
    if (epoch < group.right.epoch) return
    close(group, group.right.epoch, 'assigned-elsewhere', context.now)
  }
  if (group.next) {
    if (epoch < group.next.epoch) return
    close(group, group.next.epoch, 'assigned-elsewhere', context.now)
  }
  group.next = { epoch, until, since: context.now }
}

export function onDrop(group: Group, epoch: Epoch, cause: DropCause, context: GroupContext): void {
  for (const right of [group.right, group.next]) {
    if (right && right.epoch < epoch) close(group, right.epoch, cause, context.now)
  }
  close(group, epoch, cause, context.now)
}

export function onEndpoints(group: Group, endpoints: readonly { readonly id: string; readonly capabilities: Capabilities }[]): void {
  const leftUp = group.known ? null : group.adopted
  group.known = true
  const wanted = new Set(endpoints.map((endpoint) => endpoint.id))
  for (const endpoint of group.endpoints.values()) endpoint.wanted = wanted.has(endpoint.id)
  for (const { id, capabilities } of endpoints) {
    if (group.endpoints.has(id)) continue
    const endpoint = createEndpoint(id, capabilities)
    if (leftUp !== null) adoptEndpoint(endpoint, leftUp.epoch)
    group.endpoints.set(id, endpoint)
  }
}

export function onSettled(group: Group, endpoint: Endpoint, result: CallResult, context: GroupContext): void {
  settle(endpoint, result, steering(group, endpoint, context))
}

export function onChanged(group: Group, endpointId: string, context: GroupContext): void {
  const endpoint = group.endpoints.get(endpointId)
  if (endpoint && group.right) endpoint.observeAt = context.now
}

export function onLapsed(group: Group, endpointId: string, context: GroupContext): void {
  const endpoint = group.endpoints.get(endpointId)
  if (!endpoint?.claimed || !group.right) return
  if (context.now < group.right.until) startRepair(endpoint, 'its right had lapsed in the kernel')
  else close(group, group.right.epoch, 'lease-ended', context.now)
}

function close(group: Group, epoch: Epoch, cause: DropCause, now: Instant): void {
  const held = group.right?.epoch === epoch
  const missing = group.right !== null && held ? shortfall(group.right, group.endpoints) : null
  if (held) group.right = null
  if (group.next?.epoch === epoch) group.next = null
  group.closedUpTo = Math.max(group.closedUpTo, epoch)
  if (group.released.has(epoch) || group.closing.some((closing) => closing.epoch === epoch)) return
  group.closing.push({ epoch, cause, since: now, held, shortfall: missing })
}

/** Brings the group one step closer to what should be. Called after every input; does nothing when nothing is due. */
export function advance(group: Group, context: GroupContext): void {
  for (const right of [group.right, group.next]) {
    if (right && context.now >= right.until) close(group, right.epoch, 'lease-ended', context.now)
  }
  if (group.closing.length > 0) {
    say(group, context)
    tellFailures(group, context)
  }
  steerAll(group, context)
  finishClosing(group, context)
  if (group.right === null && group.next !== null && group.closing.length === 0 && allDown(group)) {
    group.right = { ...group.next, ...NO_PROGRESS }
    group.next = null
    group.closedUpTo = Math.max(group.closedUpTo, group.right.epoch - 1)
    for (const endpoint of group.endpoints.values()) freshen(endpoint)
    steerAll(group, context)
  }
  noteReached(group, context)
  tellProgress(group, context.emit)
  say(group, context)
}

function steerAll(group: Group, context: GroupContext): void {
  for (const endpoint of group.endpoints.values()) {
    steer(endpoint, steering(group, endpoint, context))
    if (isGone(endpoint)) group.endpoints.delete(endpoint.id)
  }
}

/** What was handed over is up until its endpoints are known and taken down. */
function allDown(group: Group, endpoints: Iterable<Endpoint> = group.endpoints.values()): boolean {
  return (group.known || group.adopted === null) && [...endpoints].every(isDown)
}

/** A running right began with everything down, so what closed before it is released already. */
function finishClosing(group: Group, context: GroupContext): void {
  if (group.closing.length === 0 || (group.right === null && !allDown(group, leading(group.endpoints.values())))) return
  for (const { epoch, cause, since, held } of group.closing.toSorted((a, b) => a.epoch - b.epoch)) {
    group.released.add(epoch)
    context.emit({ type: 'released', group: group.id, epoch })
    if (held)
      context.emit({ type: 'event', event: { type: 'released', group: group.id, epoch, cause, releaseMs: tenths(context.now - since) } })
  }
  group.closing = []
}

function noteReached(group: Group, context: GroupContext): void {
  const { right, adopted } = group
  if (adopted !== null && group.known && (right?.epoch !== adopted.epoch || allClaimed(group))) {
    group.adopted = null
    const { epoch, since } = adopted
    if (right?.epoch === epoch)
      context.emit({ type: 'event', event: { type: 'adopted', group: group.id, epoch, claimMs: tenths(context.now - since) } })
  }
  if (right === null || right.reached || !allClaimed(group)) return
  right.reached = true
  lookAtOnce(group.endpoints, context.now)
  say(group, context)
  context.emit({ type: 'progress', group: group.id, epoch: right.epoch, step: 'claimed' })
  context.emit({
    type: 'event',
    event: { type: 'active', group: group.id, epoch: right.epoch, claimMs: tenths(context.now - right.since) },
  })
}

function tellFailures(group: Group, { emit }: GroupContext): void {
  for (const closing of group.closing) {
    if (closing.shortfall !== null)
      emit({ type: 'progress', group: group.id, epoch: closing.epoch, step: 'failed', why: closing.shortfall })
    closing.shortfall = null
  }
}

/** What people and tools read needs no more digits. */
function tenths(ms: number): number {
  return Math.round(ms * 10) / 10
}

function allClaimed(group: Group): boolean {
  return group.known && leading(group.endpoints.values()).every((endpoint) => endpoint.claimed || !endpoint.wanted)
}

/** What the engine should know of the group, if it is assigned or still on its way down. */
function holding(group: Group, now: Instant): { readonly epoch: Epoch; readonly state: HoldingState } | null {
  const endpoints = leading(group.endpoints.values())
  if (group.right) {
    const missing = endpoints.some((endpoint) => endpoint.wanted && isMissing(endpoint))
    return { epoch: group.right.epoch, state: group.right.reached && !missing ? 'active' : 'claiming' }
  }
  const closing = group.closing.find(({ held }) => held)
  if (!closing) return null
  const stuck = endpoints.some((endpoint) => endpoint.failing === 'release') || now >= stuckAt(group, closing)
  // The service that still runs keeps the group from going elsewhere; what is stuck does not.
  return { epoch: closing.epoch, state: stuck ? 'stuck' : isServiceUp(endpoints) ? 'stopping' : 'releasing' }
}

function say(group: Group, context: GroupContext): void {
  const now = holding(group, context.now)
  if (now !== null && (now.epoch !== group.said?.epoch || now.state !== group.said.state)) {
    context.emit({ type: 'holding', group: group.id, epoch: now.epoch, state: now.state })
    if (now.state === 'stuck')
      context.emit({ type: 'event', event: { type: 'stuck', group: group.id, epoch: now.epoch, why: whyStuck(group) } })
  }
  group.said = now
}

function whyStuck({ endpoints }: Group): string {
  const reasons = leading(endpoints.values()).flatMap(({ id, mayBeUp, lastError }) =>
    mayBeUp ? [`${id}: ${lastError ?? 'its release goes on'}`] : [],
  )
  return reasons.join('; ')
}

function stuckAt({ endpoints }: Group, { since }: Closing): Instant {
  return since + stuckMs + stopMsOf(endpoints.values())
}

function steering(group: Group, endpoint: Endpoint, context: GroupContext): Steering {
  const { id, right, closedUpTo, endpoints } = group
  return { ...context, group: id, right, closedUpTo, isItsTurn: isItsTurn(endpoint, [...endpoints.values()], right !== null) }
}

/** When the group next needs a look, if nothing happens before. */
export function groupWake(group: Group): Instant {
  let at = Math.min(group.right?.until ?? Infinity, group.next?.until ?? Infinity)
  const hasRight = group.right !== null
  const all = [...group.endpoints.values()]
  for (const endpoint of all) {
    const isWaiting = !endpoint.claimed && !isItsTurn(endpoint, all, hasRight)
    if (!isWaiting) at = Math.min(at, nextWake(endpoint, hasRight))
  }
  if (group.said?.state === 'releasing' || group.said?.state === 'stopping') {
    for (const closing of group.closing) if (closing.held) at = Math.min(at, stuckAt(group, closing))
  }
  return at
}

/** How the group stands on this node, for people. */
export function groupStatus(group: Group, now: Instant): GroupStatus {
  const held = holding(group, now)
  return {
    group: group.id,
    epoch: held?.epoch ?? null,
    state: held?.state ?? null,
    endpoints: [...group.endpoints.values()].map(describeEndpoint),
  }
}

function describeEndpoint(endpoint: Endpoint): GroupStatus['endpoints'][number] {
  const { id, lastError, call } = endpoint
  if (endpoint.failing !== null) return { id, state: 'failed', lastError }
  if (endpoint.claimed) return { id, state: 'claimed', lastError }
  if (!endpoint.mayBeUp) return { id, state: 'idle', lastError }
  return { id, state: call?.operation === 'claim' && !call.aborted ? 'claiming' : 'releasing', lastError }
}
