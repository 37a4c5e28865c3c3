import { readFile } from 'node:fs/promises'
import { parseHostPort } from '@movip/core/config'

/** The MACs behind these addresses, as far as the kernel has met them: those of nodes in the same LAN that were just asked. */
export async function neighbours(addresses: readonly string[]): Promise<ReadonlySet<string>> {
  const hosts = new Set(addresses.map((address) => parseHostPort(address)?.host ?? address))
  return macsOf(hosts, await readFile('/proc/net/arp', 'utf8').catch(() => ''))
}

/** Reads the kernel's table: address, type, flags, MAC, mask, device. */
export function macsOf(hosts: ReadonlySet<string>, table: string): ReadonlySet<string> {
  const rows = table.split('\n').map((line) => line.trim().split(/\s+/))
  return new Set(rows.flatMap(([host = '', , , mac]) => (mac !== undefined && hosts.has(host) ? [mac.toLowerCase()] : [])))
}
