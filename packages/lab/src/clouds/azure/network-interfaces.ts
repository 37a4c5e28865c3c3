import { checkPublicAddresses, privateAddressOf } from './addresses.ts'
import { ArmFault } from './fault.ts'
import type { IpConfiguration, NetworkInterface, World } from './world.ts'

/** An interface as the service completes it. Throws `ArmFault` for what it does not want. */
export function completedInterface(world: World, own: NetworkInterface): NetworkInterface['properties'] {
  const { ipConfigurations } = own.properties
  if (ipConfigurations.length === 0)
    throw new ArmFault('InvalidRequestFormat', `Network interface ${own.id} must have at least one IP configuration.`)
  const primaries = ipConfigurations.filter(({ properties }) => properties.primary === true).length
  if (primaries > 1 || (primaries === 0 && ipConfigurations.length > 1))
    throw new ArmFault('InvalidRequestFormat', `Network interface ${own.id} must have exactly one primary IP configuration.`)
  const done: IpConfiguration[] = []
  for (const one of ipConfigurations) done.push(completed(world, own, one, [...done, ...asking(ipConfigurations, one)]))
  checkPublicAddresses(world, [own], done)
  return {
    enableAcceleratedNetworking: false,
    ...own.properties,
    enableIPForwarding: own.properties.enableIPForwarding ?? false,
    ipConfigurations: done,
  }
}

/** What the others ask for is not given away. */
function asking(all: readonly IpConfiguration[], except: IpConfiguration): readonly IpConfiguration[] {
  return all.slice(all.indexOf(except) + 1)
}

function completed(world: World, owner: NetworkInterface, one: IpConfiguration, taken: readonly IpConfiguration[]): IpConfiguration {
  const { properties } = one
  return {
    ...one,
    properties: {
      privateIPAllocationMethod: 'Dynamic',
      privateIPAddressVersion: 'IPv4',
      ...properties,
      primary: properties.primary ?? taken.length === 0,
      privateIPAddress: privateAddressOf(world, owner, one, taken),
    },
  }
}
