import { isIP } from 'node:net'
import { blockOf } from '../aws/cidr.ts'
import { ArmFault } from './fault.ts'
import type { Route, RouteTable } from './world.ts'

/** What the service wants of a route table. Throws `ArmFault`. */
export function checkRouteTable({ properties: { routes } }: RouteTable): void {
  const seen = new Map<string, string>()
  for (const route of routes) {
    checkRoute(route)
    const { addressPrefix = '' } = route.properties
    const other = seen.get(addressPrefix)
    if (other !== undefined)
      throw new ArmFault('RouteConflict', `Route: ${route.name} conflicts with Route: ${other}. Routes cannot have the same AddressPrefix.`)
    seen.set(addressPrefix, route.name)
  }
}

function checkRoute({ name, properties: { addressPrefix = '', nextHopType, nextHopIpAddress } }: Route): void {
  const isTag = /^[A-Za-z][A-Za-z.]*\w*$/.test(addressPrefix)
  if (blockOf(addressPrefix) === null && !isTag)
    throw new ArmFault('InvalidAddressPrefixFormat', `Address prefix ${addressPrefix} of resource ${name} has an invalid format.`)
  if (nextHopType === undefined) throw new ArmFault('InvalidRequestFormat', `Route ${name} has no nextHopType.`)
  if (nextHopType !== 'VirtualAppliance') {
    if (nextHopIpAddress === undefined || nextHopIpAddress === '') return
    throw new ArmFault('NextHopIpAddressNotAllowed', `Route ${name} cannot have a next hop IP address with next hop type ${nextHopType}.`)
  }
  if (nextHopIpAddress === undefined || isIP(nextHopIpAddress) === 0)
    throw new ArmFault('NextHopIpAddressRequired', `Route ${name} needs a valid next hop IP address with next hop type VirtualAppliance.`)
}
