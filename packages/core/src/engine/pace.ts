import type { Instant, Message } from '../model/index.ts'
import type { Brain } from './brain.ts'
import type { Input } from './types.ts'

/** What very many groups bring one after the other: it is looked at together where it comes in masses. */
const IN_MASSES: ReadonlySet<Input['type'] | Message['type']> = new Set(['holding', 'released', 'fitness', 'persisted', 'append-answer'])
/** What gives a coordinator nothing to do. */
const QUIET: ReadonlySet<Input['type']> = new Set(['wake', 'lateness', 'wall-clock', 'position', 'progress'])

/** Notes whether a coordinator has to look at everything because of an input. Of a beat that is seen when it is heard. */
export function noteInput(brain: Brain, input: Input): void {
  const type = input.type === 'message' ? input.message.type : input.type
  if (type === 'beat' || QUIET.has(input.type)) return
  brain.coordinationDue = true
  if (!IN_MASSES.has(type)) brain.coordinationUrgent = true
}

/** When this node beats next: at once where something in the beat has changed, unless it has done so very often just now. */
export function beatDueAt({ beatDue, beatHaste, nextBeatAt, state }: Brain): Instant {
  return beatDue ? Math.min(nextBeatAt, beatHaste.nextAt(state.spec.timing.heartbeatMs)) : nextBeatAt
}

/** When a coordinator looks at everything: with each of its beats, and in between when something is new. */
export function coordinationDueAt(brain: Brain): Instant {
  return Math.min(beatDueAt(brain), newsDueAt(brain), brain.coordination.moves.nextWake())
}

function newsDueAt({ coordinationDue, coordinationUrgent, coordinationHaste, raft, state }: Brain): Instant {
  if (!raft.isCoordinator || !coordinationDue) return Infinity
  return coordinationUrgent ? -Infinity : coordinationHaste.nextAt(state.spec.timing.heartbeatMs)
}

/** The coordinator looks now. True: because something is new. */
export function beginCoordination(brain: Brain, now: Instant): boolean {
  const isNews = brain.coordinationDue || brain.beatDue
  brain.coordinationDue = false
  brain.coordinationUrgent = false
  if (isNews) brain.coordinationHaste.spend(now, brain.state.spec.timing.heartbeatMs)
  return isNews
}
