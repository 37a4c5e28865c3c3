import { wayThrough } from '../../network/router.ts'
import type { Fabric } from './fabric.ts'

// What the kernels of a lab have to do for packets to go as a fabric says. Each of its tables is a routing table of the router's kernel.

/** One route of the kernel, without its table and destination. */
export type Way = string

/** Whatever a machine's own table says, what belongs to a port is delivered to it. */
export const LOCAL_TABLE = 99
const FIRST_TABLE = 100

/** The kernel's number for a table of the fabric. */
export const kernelTable = (index: number): number => FIRST_TABLE + index

/** Every route by its table and destination, as `99 10.0.1.10/32`. */
export function routesOf({ ports, tables }: Fabric): ReadonlyMap<string, Way> {
  const lost = new Set(ports.flatMap(({ device, isAlive }) => (isAlive ? [] : [device])))
  const wayTo = (to: string | null, destination: string): Way => (to === null || lost.has(to) ? 'blackhole' : wayThrough(to, destination))
  const local = ports.flatMap(({ device, addresses }) =>
    addresses.map((address): [string, Way] => [`${LOCAL_TABLE} ${address}`, wayTo(device, address)]),
  )
  const others = tables.flatMap((routes, index) =>
    routes.map(({ destination, to }): [string, Way] => [`${kernelTable(index)} ${destination}`, wayTo(to, destination)]),
  )
  return new Map([...local, ...others])
}

/** Lines for `ip -batch` that lead from one set of routes to another. */
export function routeChanges(before: ReadonlyMap<string, Way>, after: ReadonlyMap<string, Way>): readonly string[] {
  const gone = [...before.keys()].filter((key) => !after.has(key))
  const changed = [...after].filter(([key, way]) => before.get(key) !== way)
  return [...changed.map(([key, way]) => `route replace ${lineOf(key, way)}`), ...gone.map((key) => `route del ${lineOf(key, '')}`)]
}

function lineOf(key: string, way: Way): string {
  const [table = '', destination = ''] = key.split(' ')
  return `${way === 'blackhole' ? 'blackhole ' : ''}${destination} ${way === 'blackhole' ? '' : way} table ${table}`.replaceAll(/ +/g, ' ')
}

/**
 * The check of source and destination: through a port that is checked, nothing goes that is neither from nor to an address of it. What a
 * load balancer hands on bears the balancer's address, both ways.
 */
export function checkRules({ ports }: Fabric): string {
  const owned = (isWanted: (address: string) => boolean): string[] =>
    ports.flatMap(({ device, addresses }) => addresses.filter(isWanted).map((address) => `"${device}" . ${address}`))
  const checked = ports.filter(({ isChecked }) => isChecked).map(({ device }) => `"${device}"`)
  const set = (name: string, type: string, elements: readonly string[]): string =>
    `set ${name} { type ${type}; flags interval; ${elements.length === 0 ? '' : `elements = { ${elements.join(', ')} };`} }`
  return [
    'table inet check {',
    set(
      'owned4',
      'ifname . ipv4_addr',
      owned((address) => !isSix(address)),
    ),
    set('owned6', 'ifname . ipv6_addr', owned(isSix)),
    `set checked { type ifname; ${checked.length === 0 ? '' : `elements = { ${checked.join(', ')} };`} }`,
    'chain forward {',
    'type filter hook forward priority 0; policy accept;',
    'iifname "lb*" accept',
    'oifname "lb*" accept',
    'iifname @checked meta nfproto ipv4 iifname . ip saddr != @owned4 counter drop',
    'oifname @checked meta nfproto ipv4 oifname . ip daddr != @owned4 counter drop',
    // What is said on the link alone has a source that nobody is given.
    'iifname @checked meta nfproto ipv6 ip6 saddr != fe80::/10 iifname . ip6 saddr != @owned6 counter drop',
    'oifname @checked meta nfproto ipv6 oifname . ip6 daddr != @owned6 counter drop',
    '}',
    '}',
  ].join('\n')
}

const isSix = (address: string): boolean => address.includes(':')

/** Public addresses at the internet gateway: one address stands for one other, without a memory of connections. */
export function publicRules({ publics, ranges }: Fabric): string {
  const map = (name: string, entries: readonly (readonly [string, string])[]): string =>
    `map ${name} { type ipv4_addr : ipv4_addr; ${entries.length === 0 ? '' : `elements = { ${entries.map(([from, to]) => `${from} : ${to}`).join(', ')} };`} }`
  const swapped = publics.map(([publicIp, privateIp]) => [privateIp, publicIp] as const)
  return [
    'table ip publics {',
    map('inbound', publics),
    map('outbound', swapped),
    'chain prerouting {',
    'type filter hook prerouting priority raw; policy accept;',
    'iifname "out" ip daddr set ip daddr map @inbound',
    'iifname "vpc" ip saddr set ip saddr map @outbound',
    '}',
    // What has no public address does not come out, and what is for none does not come in.
    'chain forward {',
    'type filter hook forward priority 0; policy accept;',
    `iifname "vpc" ip saddr { ${ranges.join(', ')} } counter drop`,
    '}',
    '}',
  ].join('\n')
}
