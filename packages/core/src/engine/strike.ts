import type { ChangeReply, DrillRequest, Instant, RefusedReply } from '../model/index.ts'
import type { Brain } from './brain.ts'
import { ISOLATE_MS_MAX, outlookOf } from './drill.ts'
import { statusOf } from './status.ts'

/** What the holder's own configuration and machine allow. */
export interface DrillRights {
  /** `drills` of its `node.yaml`. */
  readonly permitted: boolean
  /** Somebody starts the daemon again when it ends. */
  readonly supervised: boolean
}

/**
 * The holder itself judges whether a drill may strike it, by what it knows at that moment: whoever asked may know less. It is answered
 * before anything happens.
 */
export function strike(brain: Brain, request: DrillRequest, answer: (reply: ChangeReply) => void, now: Instant): void {
  const refusal = whyNot(brain, request, now)
  if (refusal !== null) return answer({ ok: false, ...refusal })
  const { group, epoch, fault, forMs } = request
  answer({ ok: true, index: epoch })
  brain.emit({ type: 'event', event: { type: 'drill', group, epoch, fault, forMs } })
  return brain.emit({ type: 'drill', fault, forMs: Math.min(forMs, ISOLATE_MS_MAX) })
}

function whyNot(brain: Brain, { group, epoch, fault, unsupervised }: DrillRequest, now: Instant): Omit<RefusedReply, 'ok'> | null {
  const { self, rights, state, holdings } = brain
  if (!rights.permitted) return { code: 'not-permitted', message: `node.yaml of ${self} permits no drills (drills: false)` }
  if (fault === 'kill' && !rights.supervised && !unsupervised)
    return { code: 'no-supervisor', message: `nobody would start the daemon of ${self} again: it does not run as a service of systemd` }
  if (holdings.leaseLeft(group, epoch, now) === null)
    return { code: 'not-now', message: `${self} does not hold ${group} under epoch ${epoch}` }
  return outlookOf({ spec: state.spec, status: statusOf(brain, now) }, group, fault).refusal
}
