import { BlockList, isIP } from 'node:net'
import { blockOf, liesIn } from '../aws/cidr.ts'
import { ArmFault } from './fault.ts'
import { isSame } from './ids.ts'
import { subnetsOf } from './world.ts'
import type { Frontend, IpConfiguration, Resource, Subnet, World } from './world.ts'

/** Something with a private address in a subnet: of an interface, or in front of a load balancer. */
export type Addressed = IpConfiguration | Frontend

/** The first four addresses of a subnet are the service's own. */
const RESERVED = 4

/** The private address that a part of a resource gets: the one it asks for, the one it had, or the next that is free. Throws `ArmFault`. */
export function privateAddressOf(world: World, owner: Resource, part: Addressed, taken: readonly Addressed[]): string {
  const { privateIPAddress: asked, privateIPAllocationMethod: method, subnet: reference } = part.properties
  const subnet = subnetsOf(world).find(({ id }) => isSame(id, reference?.id))
  if (subnet === undefined) throw new ArmFault('InvalidRequestFormat', `IP configuration ${part.id} has no subnet.`)
  const others = [...addressedElsewhere(world, owner), ...taken].filter(({ id }) => !isSame(id, part.id))
  const holderOf = (address: string): Addressed | undefined =>
    others.find(({ properties }) => properties.privateIPAddress === address && isSame(vnetOf(properties.subnet?.id), vnetOf(subnet.id)))
  if (asked === undefined) {
    if (method === 'Static') throw new ArmFault('InvalidRequestFormat', `IP configuration ${part.id} is Static and has no address.`)
    const before = addressBefore(world, owner, part, subnet)
    return before !== null && holderOf(before) === undefined ? before : nextFree(subnet, (address) => holderOf(address) === undefined)
  }
  if (isIP(asked) === 0) throw new ArmFault('InvalidRequestFormat', `'${asked}' is no address.`)
  const { addressPrefix } = subnet.properties
  if (!liesIn(asked, addressPrefix))
    throw new ArmFault(
      'PrivateIPAddressNotInSubnet',
      `Private static IP address ${asked} does not belong to the range of subnet prefix ${addressPrefix}.`,
    )
  const reserved = `Private static IP address ${asked} falls within reserved IP range of subnet prefix ${addressPrefix}.`
  if (isReserved(asked, addressPrefix)) throw new ArmFault('PrivateIPAddressInReservedRange', reserved)
  const holder = holderOf(asked)
  if (holder !== undefined)
    throw new ArmFault(
      'PrivateIPAddressIsAllocated',
      `IP configuration ${part.id} is using the private IP address ${asked} which is already allocated to resource ${holder.id}.`,
    )
  return asked
}

/** null: it had none in this subnet. */
function addressBefore({ networkInterfaces, loadBalancers }: World, owner: Resource, part: Addressed, subnet: Subnet): string | null {
  const parts: readonly Addressed[] = [
    ...networkInterfaces.filter(({ id }) => isSame(id, owner.id)).flatMap(({ properties }) => properties.ipConfigurations),
    ...loadBalancers.filter(({ id }) => isSame(id, owner.id)).flatMap(({ properties }) => properties.frontendIPConfigurations),
  ]
  const before = parts.find(({ id, properties }) => isSame(id, part.id) && isSame(properties.subnet?.id, subnet.id))
  return before?.properties.privateIPAddress ?? null
}

function addressedElsewhere({ networkInterfaces, loadBalancers }: World, owner: Resource): readonly Addressed[] {
  return [
    ...networkInterfaces.filter(({ id }) => !isSame(id, owner.id)).flatMap(({ properties }) => properties.ipConfigurations),
    ...loadBalancers.filter(({ id }) => !isSame(id, owner.id)).flatMap(({ properties }) => properties.frontendIPConfigurations),
  ]
}

function vnetOf(subnet: string | undefined): string | undefined {
  return subnet?.replace(/\/subnets\/.*$/i, '')
}

function isReserved(address: string, prefix: string): boolean {
  if (isIP(address) !== 4) return false
  const first = numberOf(blockOf(prefix)?.address ?? '')
  const list = new BlockList()
  list.addRange(addressOf(first), addressOf(first + RESERVED - 1), 'ipv4')
  return list.check(address, 'ipv4') || address === addressOf(first + sizeOf(prefix) - 1)
}

function nextFree({ id, properties: { addressPrefix } }: Subnet, isFree: (address: string) => boolean): string {
  const first = numberOf(blockOf(addressPrefix)?.address ?? '')
  for (let offset = RESERVED; offset < sizeOf(addressPrefix) - 1; offset += 1) {
    const address = addressOf(first + offset)
    if (isFree(address)) return address
  }
  throw new ArmFault('SubnetIsFull', `Subnet ${id} does not have enough capacity for 1 IP addresses.`)
}

const sizeOf = (prefix: string): number => 2 ** (32 - (blockOf(prefix)?.prefix ?? 32))
const numberOf = (address: string): number => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
const addressOf = (value: number): string => [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.')

/** Throws `ArmFault` where a public address of a resource's parts is somebody else's, or two parts want one. */
export function checkPublicAddresses(
  { networkInterfaces, loadBalancers }: World,
  owners: readonly Resource[],
  wanted: readonly Addressed[],
): void {
  const isOther = ({ id }: Resource): boolean => !owners.some((owner) => isSame(owner.id, id))
  const others: readonly Addressed[] = [
    ...networkInterfaces.filter(isOther).flatMap(({ properties }) => properties.ipConfigurations),
    ...loadBalancers.filter(isOther).flatMap(({ properties }) => properties.frontendIPConfigurations),
  ]
  for (const [index, { id, properties }] of wanted.entries()) {
    const own = properties.publicIPAddress?.id
    const holder = [...others, ...wanted.slice(0, index)].find((other) => isSame(other.properties.publicIPAddress?.id, own))
    if (holder === undefined) continue
    throw new ArmFault(
      'PublicIPAddressInUse',
      `Resource ${id} is referencing public IP address ${own} that is already allocated to resource ${holder.id}.`,
    )
  }
}
