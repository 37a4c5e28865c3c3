import type { MovesAnswer } from '@movip/core/client'
import { span } from './table.ts'

type Ending = Pick<MovesAnswer['moves'][number], 'to' | 'phases' | 'failed'>

/** The phases of a move, one after the other; what nobody has told is said to be missing. */
export function phasesText({ to, phases, failed }: Ending): string {
  const { detectMs, stopMs, decideMs, startMs, claimMs, verifyMs, followMs } = phases ?? {}
  const spans = { detect: detectMs, stop: stopMs, decide: decideMs, start: startMs, claim: claimMs, verify: verifyMs, follow: followMs }
  const told = Object.entries(spans).flatMap(([phase, ms]) => (ms === undefined ? [] : [`${phase} ${span(ms)}`]))
  const end = to === null || claimMs !== undefined ? [] : [failed === undefined ? 'how it ended is not told' : `failed: ${failed}`]
  return [...told, ...end].join(', ')
}
