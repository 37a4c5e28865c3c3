import { readFile } from 'node:fs/promises'
import type { Finding } from '@movip/core/backend'

/** The interfaces of this network namespace, as the kernel lists them: two lines of titles, then `name: figures`. */
const list = '/proc/self/net/dev'

/** What an endpoint on this interface would miss on this machine; null: nothing. */
export async function lackingInterface(device: string): Promise<Finding | null> {
  const lines = (await readFile(list, 'utf8')).split('\n').slice(2)
  const names = lines.flatMap((line) => /^\s*(\S+):/.exec(line)?.[1] ?? [])
  return names.includes(device) ? null : missingInterface(device, interfaceFix(names))
}

export function missingInterface(device: string, fix: string): Finding {
  return { severity: 'error', code: 'ARP_INTERFACE_MISSING', message: `interface ${device} does not exist on this machine`, fix }
}

/** The next step where an interface does not exist. */
export function interfaceFix(present: readonly string[]): string {
  return `correct "interface", or "interfaces" in node.yaml; this machine has ${present.join(', ')}`
}
