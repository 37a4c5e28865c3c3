import { createHash } from 'node:crypto'
import { elementText } from './guarded.ts'
import type { Guarded } from './guarded.ts'

/** The table of a cluster. Names that nft would not take, or that would collide after cleaning, get a hash. */
export function tableName(cluster: string): string {
  if (/^[A-Za-z0-9_]{1,48}$/.test(cluster)) return `movip_${cluster}`
  const clean = cluster.replaceAll(/[^A-Za-z0-9_]/g, '_').slice(0, 48)
  return `movip_${clean}_${createHash('sha256').update(cluster).digest('hex').slice(0, 8)}`
}

/**
 * The whole gate as input of `nft -f`: applied any number of times it gives the same table, in one transaction, and
 * leaves the sets of open VIPs alone. A VIP in `vips4` or `vips6` passes only while it is also in `held4` or `held6`.
 * The neighbour advertisements of a VIP have it as their source, so the IPv6 rules hold them back too. Of ARP only questions are kept from
 * coming in: announcements of the VIP name it as their target, and a node that stands by may be a client of it, too.
 */
export function gateRules(table: string, devices: readonly string[], guarded: readonly Guarded[]): string {
  const lines = [`add table netdev ${table}`]
  for (const family of [4, 6] as const) {
    const type = family === 4 ? 'ipv4_addr' : 'ipv6_addr'
    const members = [...new Set(guarded.filter((each) => each.family === family).map(elementText))]
    lines.push(`add set netdev ${table} vips${family} { type ${type}; }`)
    lines.push(`add set netdev ${table} held${family} { type ${type}; flags timeout; }`)
    if (members.length > 0) lines.push(`add element netdev ${table} vips${family} { ${members.join(', ')} }`)
  }
  const chains = devices.flatMap((device) => [...chain(table, device, 'ingress'), ...chain(table, device, 'egress')])
  return [...lines, ...chains, ...portRules(table, guarded), ''].join('\n')
}

/**
 * Ports are guarded where packets are delivered, so that it does not matter by which interface and for which address they came. Whoever speaks
 * to one that is closed hears so at once, also over a connection that was made before.
 */
function portRules(table: string, guarded: readonly Guarded[]): readonly string[] {
  const elements = portElements(table, guarded)
  if (elements.length === 0) return []
  const shut = [
    ['', 'ports'],
    ['iifname != "lo" ', 'services'],
  ] as const
  return [
    `add table inet ${table}`,
    ...shut.map(([, set]) => `add set inet ${table} ${set} { type inet_service; }`),
    `add set inet ${table} heldports { type inet_service; flags timeout; }`,
    ...elements,
    `add chain inet ${table} input { type filter hook input priority -500; policy accept; }`,
    `flush chain inet ${table} input`,
    ...shut.flatMap(([from, set]) => {
      const closed = `th dport @${set} th dport != @heldports`
      return [
        `add rule inet ${table} input ${from}meta l4proto tcp ${closed} reject with tcp reset`,
        `add rule inet ${table} input ${from}meta l4proto udp ${closed} reject`,
      ]
    }),
  ]
}

/** What puts each port into its set. */
function portElements(table: string, guarded: readonly Guarded[]): readonly string[] {
  return (['ports', 'services'] as const).flatMap((set) => {
    const own = guarded.filter((each) => each.family === 'port' && guardedSet(each) === set)
    const texts = [...new Set(own.map(elementText))]
    return texts.length === 0 ? [] : [`add element inet ${table} ${set} { ${texts.join(', ')} }`]
  })
}

/** These ports are guarded and no others, in one transaction; where there are none, nothing guards ports at all. */
export function onlyPorts(table: string, guarded: readonly Guarded[]): string {
  const elements = portElements(table, guarded)
  if (elements.length === 0) return withoutTables(table, ['inet'])
  return [`flush set inet ${table} ports`, `flush set inet ${table} services`, ...elements, ''].join('\n')
}

/** The set of what passes only while it is open. */
export function guardedSet(guarded: Guarded): string {
  if (guarded.family !== 'port') return `vips${guarded.family}`
  return guarded.to === 'all' ? 'ports' : 'services'
}

/** What is added first can be deleted, whether or not it was there. */
export function withoutTables(table: string, families: readonly ('netdev' | 'inet')[]): string {
  return families.map((family) => `add table ${family} ${table}\ndelete table ${family} ${table}\n`).join('')
}

function chain(table: string, device: string, hook: 'ingress' | 'egress'): readonly string[] {
  const name = chainName(device, hook)
  const side = hook === 'ingress' ? 'daddr' : 'saddr'
  const questions = hook === 'ingress' ? 'arp operation request ' : ''
  const matches = [`arp ${side} ip`, `ip ${side}`, `ip6 ${side}`]
  return [
    `add chain netdev ${table} ${name} { type filter hook ${hook} device "${device}" priority -500; policy accept; }`,
    `flush chain netdev ${table} ${name}`,
    ...matches.map((match) => {
      const family = match.startsWith('ip6') ? 6 : 4
      const only = match.startsWith('arp') ? questions : ''
      return `add rule netdev ${table} ${name} ${only}${match} @vips${family} ${match} != @held${family} drop`
    }),
  ]
}

function chainName(device: string, hook: 'ingress' | 'egress'): string {
  const clean = /^[A-Za-z0-9_]+$/.test(device) ? device : `x${createHash('sha256').update(device).digest('hex').slice(0, 12)}`
  return `${hook}_${clean}`
}
