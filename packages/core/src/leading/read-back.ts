import { setTimeout as sleep } from 'node:timers/promises'
import { BackendError } from '../backend.ts'
import type { Budget } from './budget.ts'
import type { Lead } from './leads.ts'

/** After a change it is read back after so long, each time a little later: reads may be behind. */
const READ_BACK_MS: readonly number[] = [0, 50, 150, 400, 1000, 2000]

/** Resolves once reads say that it leads there. Throws `BackendError` where they go on saying something else. */
export async function readBack(
  name: string,
  to: string,
  { read, fix }: { readonly read: () => Promise<readonly Lead[]>; readonly fix: string },
  { signal }: Budget,
): Promise<void> {
  for (const pauseMs of READ_BACK_MS) {
    await sleep(pauseMs, undefined, { signal })
    const leads = await read()
    if (leads.some((lead) => lead.name === name && lead.to === to)) return
  }
  const message = `${name} does not lead to ${to}, though the cloud has said that it would`
  throw new BackendError('FAILED', message, fix)
}
