/** Replacing a daemon in its place. */
import type { UpgradeState } from '@movip/core/client'
import { LabError } from '../errors.ts'
import { pollUntil } from '../wait.ts'
import type { Daemon } from './daemon.ts'

/** Has the daemon replaced by its own program, and waits until the new one is heard. Returns how that one began. */
export async function upgradeDaemon(daemon: Daemon): Promise<UpgradeState> {
  const { from } = await daemon.api.upgrade()
  const replaced = async (): Promise<UpgradeState | null> => {
    const state = await daemon.api.upgradeState().catch(() => null)
    if (state === null || state.isPassing) return null
    if (state.refused !== null)
      throw new LabError('COMMAND_FAILED', `The daemon of ${daemon.name} was not replaced: ${state.refused}`, daemon.log().slice(-3000))
    return state.generation > from.generation && state.began.pauseMs !== null ? state : null
  }
  return pollUntil(replaced, `another daemon on ${daemon.name}`, { timeoutMs: 60_000 })
}
