import { wayThrough } from '../../network/router.ts'
import { isAlive, tableOf } from './world.ts'
import type { Interface, Route, World } from './world.ts'

// What the kernels of the fabric have to do for the world to be as the control plane says. The router of a VPC knows every interface by the
// port behind which it is; each subnet has a routing table of the kernel of its own.

/** Where an interface is plugged into the router. */
export interface Port {
  readonly device: string
  readonly mac: string
}
export type Ports = ReadonlyMap<string, Port>

/** One route of the kernel, without its table and destination. */
export type Way = string

/** Whatever a subnet's own table says, what belongs to an interface is delivered to it. */
export const LOCAL_TABLE = 99
const FIRST_TABLE = 100
/** The port to the internet gateway, and the one of the virtual private gateway, to other sites. */
export const GATEWAY_DEVICE = 'igw'
export const PRIVATE_DEVICE = 'vgw'

export const kernelTableOf = (world: World, subnet: string): number => FIRST_TABLE + world.subnets.findIndex(({ id }) => id === subnet)

/** Every route by its table and destination, as `99 10.0.1.10/32`. */
export function routesOf(world: World, ports: Ports): ReadonlyMap<string, Way> {
  const routes = new Map<string, Way>()
  for (const own of world.interfaces) {
    const six = own.ipv6.map((address) => `${address}/128`)
    const four = [own.primary, ...own.secondaries].map((address) => `${address}/32`)
    for (const address of [...four, ...six]) routes.set(`${LOCAL_TABLE} ${address}`, wayTo(world, own, address, ports))
  }
  for (const { id } of world.subnets) {
    const table = kernelTableOf(world, id)
    for (const route of tableOf(world, id)?.routes ?? []) {
      const way = wayOf(world, route, ports)
      if (way !== null) routes.set(`${table} ${route.destination}`, way)
    }
  }
  return routes
}

/** null: what stays inside the VPC is in the table of all subnets. */
function wayOf(world: World, { destination, target }: Route, ports: Ports): Way | null {
  if (target.kind === 'local') return null
  if (target.kind === 'gateway') {
    return wayThrough(target.id.startsWith('vgw-') ? PRIVATE_DEVICE : GATEWAY_DEVICE, destination)
  }
  const own = world.interfaces.find(({ id }) => id === target.id)
  return own === undefined ? 'blackhole' : wayTo(world, own, destination, ports)
}

function wayTo(world: World, own: Interface, destination: string, ports: Ports): Way {
  const port = ports.get(own.id)
  if (port === undefined || !isAlive(world, own)) return 'blackhole'
  return wayThrough(port.device, destination)
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
 * The check of source and destination: through the port of an interface that has it on, nothing goes that is neither from nor to an address
 * of that interface.
 */
export function checkRules(world: World, ports: Ports): string {
  const owned = (family: 4 | 6): string[] =>
    world.interfaces.flatMap((own) => {
      const device = ports.get(own.id)?.device
      const addresses = family === 4 ? [own.primary, ...own.secondaries] : own.ipv6
      return device === undefined ? [] : addresses.map((address) => `"${device}" . ${address}`)
    })
  const checked = world.interfaces.flatMap((own) => (own.sourceDestCheck ? (ports.get(own.id)?.device ?? []) : []))
  const set = (name: string, type: string, elements: readonly string[]): string =>
    `set ${name} { type ${type}; ${elements.length === 0 ? '' : `elements = { ${elements.join(', ')} };`} }`
  return [
    'table inet check {',
    set('owned4', 'ifname . ipv4_addr', owned(4)),
    set('owned6', 'ifname . ipv6_addr', owned(6)),
    set(
      'checked',
      'ifname',
      checked.map((device) => `"${device}"`),
    ),
    'chain forward {',
    'type filter hook forward priority 0; policy accept;',
    'iifname @checked meta nfproto ipv4 iifname . ip saddr != @owned4 counter drop',
    'oifname @checked meta nfproto ipv4 oifname . ip daddr != @owned4 counter drop',
    // What is said on the link alone has a source that nobody is given.
    'iifname @checked meta nfproto ipv6 ip6 saddr != fe80::/10 iifname . ip6 saddr != @owned6 counter drop',
    'oifname @checked meta nfproto ipv6 oifname . ip6 daddr != @owned6 counter drop',
    '}',
    '}',
  ].join('\n')
}

/** Elastic IPs at the internet gateway: one address stands for one other, without a memory of connections. */
export function elasticRules(world: World): string {
  const pairs = world.addresses.flatMap(({ publicIp, association }) =>
    association === null ? [] : [[publicIp, association.privateIp] as const],
  )
  const map = (name: string, entries: readonly (readonly [string, string])[]): string =>
    `map ${name} { type ipv4_addr : ipv4_addr; ${entries.length === 0 ? '' : `elements = { ${entries.map(([from, to]) => `${from} : ${to}`).join(', ')} };`} }`
  const swapped = pairs.map(([publicIp, privateIp]) => [privateIp, publicIp] as const)
  return [
    'table ip elastic {',
    map('inbound', pairs),
    map('outbound', swapped),
    'chain prerouting {',
    'type filter hook prerouting priority raw; policy accept;',
    'iifname "out" ip daddr set ip daddr map @inbound',
    'iifname "vpc" ip saddr set ip saddr map @outbound',
    '}',
    // What has no public address does not come out, and what is for none does not come in.
    'chain forward {',
    'type filter hook forward priority 0; policy accept;',
    `iifname "vpc" ip saddr { ${world.vpcs.map(({ cidr }) => cidr).join(', ')} } counter drop`,
    '}',
    '}',
  ].join('\n')
}
