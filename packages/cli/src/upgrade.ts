import { setTimeout as sleep } from 'node:timers/promises'
import { ClientError } from '@movip/core/client'
import type { Client, UpgradeState } from '@movip/core/client'
import { CommandError, exitCodeFor } from './failure.ts'

/** What `movip upgrade` did. */
export interface UpgradeResult {
  readonly schemaVersion: 1
  readonly from: { readonly version: string; readonly generation: number }
  readonly to: { readonly version: string; readonly generation: number }
  /** What the new daemon went on with. */
  readonly adopted: UpgradeState['began']['adopted']
  /** Why it went on with nothing after all, and began as after any restart; null: it did go on. */
  readonly lost: string | null
  /** For so long nothing was heard of this node. */
  readonly pauseMs: number | null
  readonly rehearsalMs: number
}

/** A daemon that has not come up by then will not be waited for; its supervisor starts it again. */
const patienceMs = 60_000
const lookMs = 50

/** Has the daemon replace itself, and waits until the new one is heard. */
export async function upgrade(client: Client, program: string | undefined): Promise<UpgradeResult> {
  const { from, rehearsalMs } = await client.upgrade(program)
  const { version, generation, began } = await untilReplaced(client, from.generation)
  const lost = began.why ?? (began.from === null ? 'it was started anew meanwhile' : null)
  const { adopted, pauseMs } = began
  return { schemaVersion: 1, from, to: { version, generation }, adopted, lost, pauseMs, rehearsalMs }
}

async function untilReplaced(client: Client, before: number): Promise<UpgradeState> {
  for (const end = performance.now() + patienceMs; performance.now() < end; await sleep(lookMs)) {
    const state = await client.upgradeState().catch(whileItIsAway)
    if (state === null || state.isPassing) continue
    if (state.refused !== null && state.generation === before) throw refusal(state.refused)
    const isHeard = state.began.pauseMs !== null || state.began.from === null
    if (state.generation > before && isHeard) return state
  }
  throw new CommandError({
    exitCode: exitCodeFor('timeout'),
    code: 'timeout',
    message: `the new daemon was not heard within ${patienceMs / 1000} s`,
    fix: 'see its log: journalctl -u movip',
  })
}

/** Between the two nobody answers, or somebody hangs up. */
function whileItIsAway(error: unknown): null {
  if (error instanceof ClientError && ['NO_DAEMON', 'BROKEN', 'NO_ANSWER'].includes(error.code)) return null
  throw error
}

function refusal(why: string): CommandError {
  const fix = 'nothing was changed; see movip status, and try again when all is at rest'
  return new CommandError({ exitCode: exitCodeFor('not-now'), code: 'not-now', message: why, fix })
}
