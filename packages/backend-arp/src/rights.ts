import { readFileSync } from 'node:fs'

const CAPABILITIES = [
  ['CAP_NET_ADMIN', 12n],
  ['CAP_NET_RAW', 13n],
] as const

/** The next step where a right is missing. */
export const RIGHTS_FIX = 'run movip as root, or grant it CAP_NET_ADMIN and CAP_NET_RAW: see the unit that "movip init" writes'

/** Which of the rights that this backend needs the process lacks. */
export function missingCapabilities(): readonly string[] {
  const effective = /^CapEff:\s*([0-9a-f]+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]
  if (effective === undefined) return []
  const bits = BigInt(`0x${effective}`)
  return CAPABILITIES.filter(([, bit]) => (bits & (1n << bit)) === 0n).map(([name]) => name)
}

/** Whether a program says that it lacks a right. */
export function saysDenied(stderr: string): boolean {
  return /operation not permitted|permission denied/i.test(stderr)
}
