import { liesIn } from './cidr.ts'
import type { Fields } from './contract.ts'
import { Ec2Fault } from './fault.ts'
import { found } from './world.ts'
import type { Interface, World } from './world.ts'
import { listIn, textIn } from './input.ts'

/** What an instance of a small kind can bear for each interface. */
const ADDRESSES_MAX = 10

export function assignPrivateIps(world: World, input: Fields): Fields {
  const own = found(world, 'interfaces', textIn(input, 'NetworkInterfaceId'))
  const wanted = listIn(input, 'PrivateIpAddresses')
  if (wanted.length === 0) throw new Ec2Fault('InvalidParameterValue', 'Addresses by count are not given here: name them')
  for (const address of wanted) {
    refuseOutside(world, own, address)
    const { holder, isPrimary } = holderOf(world, own, address)
    if (isPrimary)
      throw new Ec2Fault('InvalidParameterValue', `Address ${address} is the primary address of an interface and cannot be reassigned.`)
    if (holder !== undefined && holder !== own && input['AllowReassignment'] !== true)
      throw new Ec2Fault('InvalidParameterValue', `[${address}] is already assigned to another interface, and reassignment is not allowed`)
  }
  if (new Set([...own.secondaries, ...wanted]).size + 1 > ADDRESSES_MAX)
    throw new Ec2Fault('PrivateIpAddressLimitExceeded', `Number of private addresses will exceed limit of ${ADDRESSES_MAX}`)
  for (const address of wanted) {
    const { holder } = holderOf(world, own, address)
    if (holder === own) continue
    if (holder !== undefined) takeFrom(world, holder, address)
    own.secondaries.push(address)
  }
  return { NetworkInterfaceId: own.id, AssignedPrivateIpAddresses: wanted.map((address) => ({ PrivateIpAddress: address })) }
}

export function unassignPrivateIps(world: World, input: Fields): Fields {
  const own = found(world, 'interfaces', textIn(input, 'NetworkInterfaceId'))
  const unwanted = listIn(input, 'PrivateIpAddresses')
  if (unwanted.includes(own.primary)) throw new Ec2Fault('InvalidParameterValue', `The primary address ${own.primary} cannot be unassigned`)
  if (unwanted.some((address) => !own.secondaries.includes(address)))
    throw new Ec2Fault('InvalidParameterValue', `Some of the specified addresses are not assigned to interface ${own.id}`)
  for (const address of unwanted) takeFrom(world, own, address)
  return {}
}

export function assignIpv6(world: World, input: Fields): Fields {
  const own = found(world, 'interfaces', textIn(input, 'NetworkInterfaceId'))
  const wanted = listIn(input, 'Ipv6Addresses')
  if (wanted.length === 0) throw new Ec2Fault('InvalidParameterValue', 'Addresses by count are not given here: name them')
  const { vpc, ipv6Cidr } = found(world, 'subnets', own.subnet)
  for (const address of wanted) {
    if (ipv6Cidr === undefined || !liesIn(address, ipv6Cidr))
      throw new Ec2Fault('InvalidParameterValue', `Address ${address} is not in the subnet ${own.subnet}`)
    const taken = world.interfaces.find(({ subnet, ipv6 }) => ipv6.includes(address) && found(world, 'subnets', subnet).vpc === vpc)
    // There is no reassignment for IPv6: what another one has must be taken from it first.
    if (taken !== undefined && taken !== own)
      throw new Ec2Fault('InvalidParameterValue', `Address ${address} is already assigned to ${taken.id}`)
  }
  own.ipv6 = [...new Set([...own.ipv6, ...wanted])]
  return { NetworkInterfaceId: own.id, AssignedIpv6Addresses: wanted }
}

export function unassignIpv6(world: World, input: Fields): Fields {
  const own = found(world, 'interfaces', textIn(input, 'NetworkInterfaceId'))
  const unwanted = listIn(input, 'Ipv6Addresses')
  if (unwanted.some((address) => !own.ipv6.includes(address)))
    throw new Ec2Fault('InvalidParameterValue', `Some of the specified addresses are not assigned to interface ${own.id}`)
  own.ipv6 = own.ipv6.filter((address) => !unwanted.includes(address))
  return { NetworkInterfaceId: own.id, UnassignedIpv6Addresses: unwanted }
}

function refuseOutside(world: World, own: Interface, address: string): void {
  if (!liesIn(address, found(world, 'subnets', own.subnet).cidr))
    throw new Ec2Fault('InvalidParameterValue', `Address ${address} does not fall within the subnet's address range`)
}

function holderOf(world: World, own: Interface, address: string): { readonly holder: Interface | undefined; readonly isPrimary: boolean } {
  const here = world.interfaces.filter(({ subnet }) => subnet === own.subnet)
  const isPrimary = here.some(({ primary }) => primary === address)
  return { holder: here.find(({ secondaries }) => secondaries.includes(address)), isPrimary }
}

/** An Elastic IP goes with the private address that it stands for. */
function takeFrom(world: World, holder: Interface, address: string): void {
  holder.secondaries = holder.secondaries.filter((other) => other !== address)
  for (const elastic of world.addresses)
    if (elastic.association?.interface === holder.id && elastic.association.privateIp === address) elastic.association = null
}
