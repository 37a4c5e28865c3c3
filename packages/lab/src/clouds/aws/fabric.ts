import { GATEWAY_DEVICE, PRIVATE_DEVICE } from '../network/fabric.ts'
import type { Fabric, FabricPort, FabricRoute } from '../network/fabric.ts'
import { isAlive, tableOf } from './world.ts'
import type { Interface, Route, World } from './world.ts'

/** The device of the router behind which each interface is, by its id. */
export type Ports = ReadonlyMap<string, string>

/** The table of the fabric for each subnet is the one of its index. */
export function fabricOf(world: World, devices: Ports): Fabric {
  const ports = world.interfaces.flatMap((own): readonly FabricPort[] => {
    const device = devices.get(own.id)
    if (device === undefined) return []
    return [{ device, addresses: addressesOf(own), isAlive: isAlive(world, own), isChecked: own.sourceDestCheck }]
  })
  return {
    ports,
    tables: world.subnets.map(({ id }) => (tableOf(world, id)?.routes ?? []).flatMap((route) => routeOf(world, route, devices))),
    publics: world.addresses.flatMap(({ publicIp, association }) =>
      association === null ? [] : [[publicIp, association.privateIp] as const],
    ),
    ranges: world.vpcs.map(({ cidr }) => cidr),
  }
}

function addressesOf({ primary, secondaries, ipv6 }: Interface): readonly string[] {
  return [...[primary, ...secondaries].map((address) => `${address}/32`), ...ipv6.map((address) => `${address}/128`)]
}

/** What stays inside the VPC is delivered in any case. */
function routeOf(world: World, { destination, target }: Route, devices: Ports): readonly FabricRoute[] {
  if (target.kind === 'local') return []
  if (target.kind === 'gateway') return [{ destination, to: target.id.startsWith('vgw-') ? PRIVATE_DEVICE : GATEWAY_DEVICE }]
  const own = world.interfaces.find(({ id }) => id === target.id)
  return [{ destination, to: own === undefined ? null : (devices.get(own.id) ?? null) }]
}
