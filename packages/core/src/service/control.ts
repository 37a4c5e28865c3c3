import type { BackendContext, Finding } from '../backend.ts'

/** What a part of a service may use, and what it asks. */
export interface ServiceContext extends Omit<BackendContext, 'health' | 'candidates' | 'site' | 'secret'> {
  /** Whether an operator has paused the group: what ends then is left to the operator. Absent: never. */
  readonly isPaused?: () => boolean
}

/** How a part of a service stands on this node. */
export type Standing =
  | { readonly state: 'running' }
  /** It runs in a role in which it does not serve; a start promotes it. */
  | { readonly state: 'standby'; readonly why: string }
  /** `isVague`: who tells so may as well have failed itself. `isOver`: it was started, has ended badly, and does not come up by itself. */
  | { readonly state: 'stopped'; readonly why: string; readonly isVague?: true; readonly isOver?: true }
  /** It runs, but not as it should: only a stop helps. `isRefusal`: its program does not accept what it is told, and starts nothing with that. */
  | { readonly state: 'failed'; readonly why: string; readonly isRefusal?: true }
  /** `isPassing`: it is on its way from one state to another, which takes its time. */
  | { readonly state: 'unknown'; readonly why: string; readonly isPassing?: true }

/** Environment of the programs of one part. */
export type Env = Readonly<Record<string, string>>

/** One way of starting and stopping something. Calls never overlap, and each is idempotent. */
export interface Control {
  /** Is anything of it on this machine? What is not cannot have been left running. */
  isInstalled(): Promise<boolean>
  /** Could it be started here? Changes nothing. */
  preflight(signal: AbortSignal): Promise<readonly Finding[]>
  /** Where it throws, nobody can tell. */
  standing(signal: AbortSignal): Promise<Standing>
  /** Asks it to start; it may take its time to run after that. Throws `BackendError`, `INVALID` where that was refused and nothing begun. */
  start(signal: AbortSignal): Promise<void>
  /** Asks it to end in good order. Throws `BackendError`. */
  stop(signal: AbortSignal): Promise<void>
  /** Ends it by force; absent: there is no such way. */
  kill?(signal: AbortSignal): Promise<void>
  /**
   * Brings what does not serve into its standby role, in which it waits for a start; absent: there is none. May take long, and may be cut off
   * at any moment.
   */
  standby?(signal: AbortSignal): Promise<void>
}

/** A look that takes longer tells nothing. Who steers the group waits a little longer for an answer. */
export const lookMs = 9000
