import { ArmFault } from './fault.ts'
import { isSame } from './ids.ts'
import { subnetsOf } from './world.ts'
import type { Fields } from './contract.ts'
import type { NetworkInterface, Route, World } from './world.ts'

const nowhere = ['10.0.0.0/8', '100.64.0.0/10', '172.16.0.0/12', '192.168.0.0/16']

/** The routes that packets of an interface go by in this world. Throws `ArmFault` where its machine does not run. */
export function effectiveRoutes(world: World, { id, properties }: NetworkInterface): Fields {
  const machine = world.machines.find((one) => isSame(one.id, properties.virtualMachine?.id))
  if (machine?.state !== 'running')
    throw new ArmFault(
      'NetworkInterfaceMustBeAttachedToRunningVm',
      `Network interface ${id} must be attached to a running virtual machine.`,
    )
  const subnet = subnetsOf(world).find((one) => isSame(one.id, properties.ipConfigurations[0]?.properties.subnet?.id))
  const network = world.virtualNetworks.find((one) => one.properties.subnets.some((own) => own === subnet))
  const table = world.routeTables.find((one) => isSame(one.id, subnet?.properties.routeTable?.id))
  const routes = table?.properties.routes ?? []
  const local = network?.properties.addressSpace.addressPrefixes ?? []
  const standard: readonly (readonly [string, string])[] = [
    ...local.map((prefix) => [prefix, 'VnetLocal'] as const),
    ['0.0.0.0/0', 'Internet'],
    ...nowhere.filter((prefix) => !local.includes(prefix)).map((prefix) => [prefix, 'None'] as const),
  ]
  return {
    value: [
      ...standard.map(([prefix, nextHopType]) => ({
        source: 'Default',
        state: routes.some((route) => route.properties.addressPrefix === prefix) ? 'Invalid' : 'Active',
        addressPrefix: [prefix],
        nextHopType,
        nextHopIpAddress: [],
      })),
      ...routes.map(userRoute),
    ],
  }
}

function userRoute({ name, properties: { addressPrefix = '', nextHopType = 'None', nextHopIpAddress } }: Route): Fields {
  const nextHop = nextHopIpAddress === undefined ? [] : [nextHopIpAddress]
  return {
    name,
    source: 'User',
    state: 'Active',
    addressPrefix: [addressPrefix],
    nextHopType,
    nextHopIpAddress: nextHop,
    disableBgpRoutePropagation: false,
  }
}
