import type { Instant, Message } from '../model/index.ts'
import type { Brain } from './brain.ts'
import type { Input } from './types.ts'

/** What very many groups bring one after the other: it is looked at together where it comes in masses. */
const IN_MASSES: ReadonlySet<Input['type'] | Message['type']> = new Set(['holding', 'released', 'fitness', 'persisted', 'append-answer'])
/** What gives a coordinator nothing to do. */
const QUIET: ReadonlySet<Input['type']> = new Set(['wake', 'lateness', 'wall-clock', 'position', 'progress'])

/** What changes nothing but what the next beat tells. */
const FOR_THE_BEAT: ReadonlySet<Input['type']> = new Set(['holding', 'progress', 'fitness', 'position'])
/** So often something is done out of turn at once; from then on it keeps its distance: */
const AT_ONCE = 10
/** so often in a period it is done, */
const IN_A_PERIOD = 4
/** where there are no more groups than that: it costs as much more as there are more of them, and no beat is out of turn that is one in a period. */
export const FEW_GROUPS = 250

/** Notes whether a coordinator has to look at everything because of an input. Of a beat that is seen when it is heard. */
export function noteInput(brain: Brain, input: Input): void {
  const type = input.type === 'message' ? input.message.type : input.type
  if (type === 'beat' || QUIET.has(input.type)) return
  brain.coordinationDue = true
  if (!IN_MASSES.has(type)) brain.coordinationUrgent = true
}

/**
 * Until when an input needs no conclusion: where it changes nothing but what the next beat tells, that beat is the conclusion. null: it is
 * concluded now.
 */
export function waitsUntil(brain: Brain, input: Input): Instant | null {
  if (!FOR_THE_BEAT.has(input.type) || brain.leavingUntil !== null) return null
  const until = Math.min(brain.wakeAt, coordinationDueAt(brain))
  return input.now < until ? until : null
}

/** How far apart is what is done out of turn, again and again. */
function distanceMs({ state }: Brain): number {
  const { groups, timing } = state.spec
  return timing.heartbeatMs * Math.min(1, Math.max(1, groups.length / FEW_GROUPS) / IN_A_PERIOD)
}

/** What is done at once may be worth so much, where there are few groups AT_ONCE times: of very many each takes as much longer as it is rarer. */
function creditMs({ state }: Brain): number {
  return (AT_ONCE * state.spec.timing.heartbeatMs) / IN_A_PERIOD
}

/** When this node beats next: at once where something in the beat has changed, unless it has done so very often just now. */
export function beatDueAt(brain: Brain): Instant {
  const { beatDue, beatHaste, nextBeatAt } = brain
  return beatDue ? Math.min(nextBeatAt, beatHaste.nextAt(creditMs(brain))) : nextBeatAt
}

/** This node beats now. What is in turn, by its own time or with the coordinator, costs no credit. */
export function beginBeat(brain: Brain, now: Instant): void {
  brain.beatDue = false
  const isInTurn = now >= brain.nextBeatAt || brain.inStep
  if (!isInTurn) brain.beatHaste.spend(now, distanceMs(brain))
}

/** When a coordinator looks at everything: with each of its beats, and in between when something is new. */
export function coordinationDueAt(brain: Brain): Instant {
  return Math.min(beatDueAt(brain), newsDueAt(brain), brain.coordination.moves.nextWake())
}

function newsDueAt(brain: Brain): Instant {
  const { coordinationDue, coordinationUrgent, coordinationHaste, raft } = brain
  if (!raft.isCoordinator || !coordinationDue) return Infinity
  return coordinationUrgent ? -Infinity : coordinationHaste.nextAt(creditMs(brain))
}

/** The coordinator looks now. True: because something is new. */
export function beginCoordination(brain: Brain, now: Instant): boolean {
  const isNews = brain.coordinationDue || brain.beatDue
  brain.coordinationDue = false
  brain.coordinationUrgent = false
  if (isNews) brain.coordinationHaste.spend(now, distanceMs(brain))
  return isNews
}
