import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Finding } from '@movip/core/backend'

/** What a kernel calls its filters and routes. */
const STRICT = 1
const DEFAULT_ROUTE = '00000000'
const IS_UP = 0x1

/**
 * Whether this kernel lets in what AWS hands to an interface: a strict reverse path filter drops what comes in over one interface while the way
 * back to its sender goes by another, as it does on an instance with several. IPv4 alone: IPv6 has no such filter.
 */
export function reversePath(device: string, root = '/proc'): readonly Finding[] {
  const name = strictAt(device, root)
  const others = wayBack(root)
  if (name === null || others === null || others.includes(device)) return []
  return [
    {
      severity: 'warning',
      code: 'AWS_REVERSE_PATH',
      message: `${name} is 1 (strict) and the default route goes by ${others.join(', ')}: this machine drops what clients of other subnets send to it over ${device}`,
      fix: `sysctl -w net.ipv4.conf.${device}.rp_filter=2, for good in /etc/sysctl.d, or a route back to the clients by ${device}`,
    },
  ]
}

/** The setting that makes the filter strict: the kernel goes by the greater of the two, and 2 is loose. null: none does, or nobody can tell. */
function strictAt(device: string, root: string): string | null {
  const settings = ['all', device].map((of) => ({
    name: `net.ipv4.conf.${of}.rp_filter`,
    value: read(join(root, `sys/net/ipv4/conf/${of}/rp_filter`)),
  }))
  const known = settings.map(({ name, value }) => ({ name, value: Number(value) }))
  if (settings.some(({ value }) => value === null) || Math.max(...known.map(({ value }) => value)) !== STRICT) return null
  return known.findLast(({ value }) => value === STRICT)?.name ?? null
}

/** The devices by which default routes go. null: there is none. */
function wayBack(root: string): readonly string[] | null {
  const rows = (read(join(root, 'net/route')) ?? '').split('\n').slice(1)
  const devices = rows.flatMap((row) => {
    const [device = '', destination, , flags = '0', , , , mask] = row.split(/\s+/)
    const isDefault = destination === DEFAULT_ROUTE && mask === DEFAULT_ROUTE && (Number.parseInt(flags, 16) & IS_UP) !== 0
    return isDefault ? [device] : []
  })
  return devices.length === 0 ? null : [...new Set(devices)]
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return null
  }
}
