import { setTimeout as sleep } from 'node:timers/promises'
import { LabError } from './errors.ts'
import { nowMs } from './system/libc.ts'

export { sleep }

/** Asks again and again until the answer is truthy, and returns it. `what` completes "waited for ... in vain". */
export async function pollUntil<T>(
  question: () => T | Promise<T>,
  what: string,
  { timeoutMs = 10_000, everyMs = 10 }: { readonly timeoutMs?: number; readonly everyMs?: number } = {},
): Promise<NonNullable<T>> {
  const end = nowMs() + timeoutMs
  for (;;) {
    const answer = await question()
    if (answer) return answer
    if (nowMs() > end) throw new LabError('TIMEOUT', `Waited for ${what} in vain, ${timeoutMs} ms.`, 'The logs of the nodes tell more.')
    await sleep(everyMs)
  }
}
