import { GATEWAY_DEVICE, PRIVATE_DEVICE } from '../network/fabric.ts'
import type { Fabric, FabricPort, FabricRoute } from '../network/fabric.ts'
import { isSame } from './ids.ts'
import { asApplied, subnetsOf } from './world.ts'
import type { NetworkInterface, Route, Subnet, World } from './world.ts'

/** Where the interfaces of a virtual network are plugged in, and what lies behind its gateway. */
export interface Plugged {
  /** The device of the router behind which each interface is, by its id. */
  readonly devices: ReadonlyMap<string, string>
  /** Ranges of other sites. */
  readonly joined: readonly string[]
}

/** The service's own routes to what nobody has: they are dropped. */
const NOWHERE = ['10.0.0.0/8', '100.64.0.0/10', '172.16.0.0/12', '192.168.0.0/16']

/** How packets go in what has been applied. The table of the fabric for each subnet is the one of its index. */
export function fabricOf(planned: World, { devices, joined }: Plugged): Fabric {
  const world = asApplied(planned)
  const plugged = world.networkInterfaces.flatMap((own) => {
    const device = devices.get(own.id)
    return device === undefined ? [] : [{ own, device }]
  })
  return {
    ports: plugged.map(({ own, device }) => portOf(world, own, device)),
    tables: subnetsOf(world).map((subnet) => routesOf(world, subnet, { devices, joined })),
    publics: plugged.flatMap(({ own }) => publicsOf(world, own)),
    ranges: world.virtualNetworks.flatMap(({ properties }) => properties.addressSpace.addressPrefixes),
  }
}

function portOf({ machines }: World, { properties }: NetworkInterface, device: string): FabricPort {
  return {
    device,
    addresses: properties.ipConfigurations.map((one) => `${one.properties.privateIPAddress ?? ''}/32`),
    isAlive: machines.some(({ id, state }) => isSame(id, properties.virtualMachine?.id) && state === 'running'),
    isChecked: !properties.enableIPForwarding,
  }
}

/** What a table says comes before what the service says itself for the same destination. */
function routesOf(world: World, { properties }: Subnet, { devices, joined }: Plugged): readonly FabricRoute[] {
  const table = world.routeTables.find(({ id }) => isSame(id, properties.routeTable?.id))
  const learnt = table?.properties['disableBgpRoutePropagation'] === true ? [] : joined
  const own = (table?.properties.routes ?? []).flatMap((route) => routeOf(world, route, devices))
  const standard: readonly FabricRoute[] = [
    { destination: '0.0.0.0/0', to: GATEWAY_DEVICE },
    ...NOWHERE.map((destination) => ({ destination, to: null })),
    ...learnt.map((destination) => ({ destination, to: PRIVATE_DEVICE })),
  ]
  return [...standard.filter(({ destination }) => !own.some((one) => one.destination === destination)), ...own]
}

function routeOf(world: World, { properties }: Route, devices: Plugged['devices']): readonly FabricRoute[] {
  const { addressPrefix: destination = '', nextHopType, nextHopIpAddress } = properties
  switch (nextHopType) {
    // What stays inside is delivered in any case.
    case 'VnetLocal':
      return []
    case 'Internet':
      return [{ destination, to: GATEWAY_DEVICE }]
    case 'VirtualNetworkGateway':
      return [{ destination, to: PRIVATE_DEVICE }]
    case 'VirtualAppliance': {
      const hop = world.networkInterfaces.find((one) => addressesOf(one).includes(nextHopIpAddress))
      return [{ destination, to: (hop === undefined ? undefined : devices.get(hop.id)) ?? null }]
    }
    default:
      return [{ destination, to: null }]
  }
}

function addressesOf({ properties }: NetworkInterface): readonly (string | undefined)[] {
  return properties.ipConfigurations.map((one) => one.properties.privateIPAddress)
}

function publicsOf({ publicIPAddresses }: World, { properties }: NetworkInterface): Fabric['publics'] {
  return properties.ipConfigurations.flatMap((one) => {
    const { privateIPAddress, publicIPAddress } = one.properties
    const address = publicIPAddresses.find(({ id }) => isSame(id, publicIPAddress?.id))?.properties.ipAddress
    return address === undefined || privateIPAddress === undefined ? [] : [[address, privateIPAddress] as const]
  })
}
