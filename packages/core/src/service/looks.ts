import { setTimeout as sleep } from 'node:timers/promises'
import { lookMs } from './control.ts'
import type { Control, Standing } from './control.ts'

/** How often a start or a stop that goes on is looked at. */
const pollMs = 100

/** How it stands; a look that fails cannot tell. */
export async function standingOf(control: Control, signal: AbortSignal): Promise<Standing> {
  try {
    return await control.standing(signal)
  } catch (error) {
    return { state: 'unknown', why: error instanceof Error ? error.message : String(error) }
  }
}

/** The same, by a look that has its own time. */
export function look(control: Control, signal: AbortSignal): Promise<Standing> {
  return standingOf(control, AbortSignal.any([signal, AbortSignal.timeout(lookMs)]))
}

/** The last standing, as soon as it is as wanted, or when the time is over. */
export async function until(control: Control, isWanted: (standing: Standing) => boolean, signal: AbortSignal): Promise<Standing> {
  for (;;) {
    // The last look has its own time: it tells how things stand when the time is over, and is no look that was cut off.
    const isLast = signal.aborted
    const standing = await standingOf(control, isLast ? AbortSignal.timeout(lookMs) : signal)
    if (isWanted(standing) || isLast) return standing
    await sleep(pollMs, undefined, { signal }).catch(() => undefined)
  }
}

export function isRunning({ state }: Standing): boolean {
  return state === 'running'
}

/** It will not come up any more: nobody has to wait for it. */
export function isOver(standing: Standing): standing is Extract<Standing, { readonly state: 'stopped' }> {
  return standing.state === 'stopped' && standing.isOver === true
}

export function isDown({ state }: Standing): boolean {
  return state === 'stopped' || state === 'standby'
}

/** A clear word that there is nothing. */
export function isNone(standing: Standing): boolean {
  return standing.state === 'failed' ? standing.isRefusal === true : standing.state === 'stopped' && standing.isVague !== true
}

/** Where the stop had trouble, only a clear word counts. */
export function isDownAfter(standing: Standing, trouble: string | null): boolean {
  return isDown(standing) && (trouble === null || standing.state !== 'stopped' || standing.isVague !== true)
}
