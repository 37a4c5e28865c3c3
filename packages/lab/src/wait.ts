import { setTimeout as sleep } from 'node:timers/promises'
import { LabError } from './errors.ts'
import { nowMs } from './system/libc.ts'

export { sleep }

/** Asks again and again until there is an answer (neither false nor nothing), and returns it. `what` completes "waited for ... in vain". */
export async function pollUntil<T>(
  question: () => T | Promise<T>,
  what: string,
  { timeoutMs = 30_000, everyMs = 10 }: { readonly timeoutMs?: number; readonly everyMs?: number } = {},
): Promise<Exclude<T, false | null | undefined>> {
  const end = nowMs() + timeoutMs
  for (;;) {
    const answer = await question()
    if (answer !== false && answer !== null && answer !== undefined) return answer as Exclude<T, false | null | undefined>
    if (nowMs() > end) throw new LabError('TIMEOUT', `Waited for ${what} in vain, ${timeoutMs} ms.`, 'The logs of the nodes tell more.')
    await sleep(everyMs)
  }
}
