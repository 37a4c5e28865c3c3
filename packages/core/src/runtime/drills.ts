import type { DrillWish } from '../api/drill-route.ts'
import type { Rejection } from '../api/refusal.ts'
import type { Effect } from '../engine/types.ts'
import type { Isolation, Logger } from '../ports.ts'
import type { Driver } from './driver.ts'

/** So long the answer has to leave before the process dies. */
const answerMs = 100

/** Does to this daemon what a drill asks for. A killed one goes the hard way, so that nothing but the kernel takes its endpoints down. */
export function performDrill({ fault, forMs }: Extract<Effect, { type: 'drill' }>, isolation: Isolation, logger: Logger): void {
  if (fault === 'isolate') return isolation.isolate(forMs)
  logger.warn('drill-kill', { pid: process.pid })
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), answerMs)
  return undefined
}

/** Whether this process is a service of systemd itself, and not merely something that a user has started below one. */
export function isSupervised(): boolean {
  return process.env['INVOCATION_ID'] !== undefined && process.ppid === 1
}

/** How long an operator is kept waiting for the word of the holder. */
const drillMs = 15_000

/** What to do after each refusal. */
const nextStep: Readonly<Record<string, string>> = {
  'not-permitted': 'drill another fault (switchover), or write drills: true there and restart its daemon',
  'no-supervisor': 'run it as a service of systemd (movip init writes the unit), or insist with --no-restart and start it by hand',
  'no-redundancy': 'see what the cluster can bear with: movip status',
  'no-quorum': 'see which voters are missing with: movip status',
}

/** Asks the holder of the group, wherever it is; null: it is about to suffer the fault. */
export async function drillAt(driver: Pick<Driver, 'request'>, wish: DrillWish): Promise<Rejection | null> {
  const reply = await driver.request({ type: 'drill', ...wish }, drillMs)
  return reply.ok ? null : { code: reply.code, message: reply.message, fix: nextStep[reply.code] ?? 'see movip status' }
}
