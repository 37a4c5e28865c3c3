import type { Fields } from './contract.ts'
import { Ec2Fault } from './fault.ts'
import { found, interfaceMeant, newId } from './world.ts'
import type { Address, World } from './world.ts'
import { texts } from './input.ts'

export function allocateAddress(world: World): Fields {
  const publicIp = freePublicIp(world)
  const address: Address = { id: newId(world, 'eipalloc'), publicIp, tags: {}, association: null }
  world.addresses.push(address)
  return { AllocationId: address.id, PublicIp: publicIp, Domain: 'vpc', NetworkBorderGroup: world.region, PublicIpv4Pool: 'amazon' }
}

export function releaseAddress(world: World, input: Fields): Fields {
  const address = addressMeant(world, input)
  if (address.association !== null) throw new Ec2Fault('InvalidIPAddress.InUse', `Address ${address.publicIp} is in use.`)
  world.addresses.splice(world.addresses.indexOf(address), 1)
  return {}
}

/** An association that exists is taken over, unless it is said that it must not: the default for a VPC. */
export function associateAddress(world: World, input: Fields): Fields {
  const address = addressMeant(world, input)
  const { NetworkInterfaceId: own, InstanceId: instance, PrivateIpAddress: asked } = texts(input)
  const target = interfaceMeant(world, { interface: own, instance })
  const privateIp = asked ?? target.primary
  if (privateIp !== target.primary && !target.secondaries.includes(privateIp))
    throw new Ec2Fault('InvalidParameterValue', `The private IP address ${privateIp} is not assigned to the network interface ${target.id}`)
  const stands = ({ association }: Address): boolean => association?.interface === target.id && association.privateIp === privateIp
  if (stands(address)) return { AssociationId: address.association?.id }
  const other = world.addresses.find(stands)
  const inTheWay = address.association ?? other?.association
  if (inTheWay !== undefined && inTheWay !== null && input['AllowReassociation'] === false)
    throw new Ec2Fault('Resource.AlreadyAssociated', `resource ${address.id} is already associated with associate-id ${inTheWay.id}`)
  if (other !== undefined) other.association = null
  address.association = { id: newId(world, 'eipassoc'), interface: target.id, privateIp }
  return { AssociationId: address.association.id }
}

export function disassociateAddress(world: World, input: Fields): Fields {
  const { AssociationId: id = '' } = texts(input)
  const address = world.addresses.find(({ association }) => association?.id === id)
  if (address === undefined) throw new Ec2Fault('InvalidAssociationID.NotFound', `The association ID '${id}' does not exist`)
  address.association = null
  return {}
}

function addressMeant(world: World, input: Fields): Address {
  const { AllocationId: id, PublicIp: ip } = texts(input)
  if (id !== undefined) return found(world, 'addresses', id)
  if (ip === undefined) throw new Ec2Fault('MissingParameter', 'Either public IP or allocation id must be specified')
  const address = world.addresses.find(({ publicIp }) => publicIp === ip)
  if (address === undefined) throw new Ec2Fault('InvalidAddress.NotFound', `Address '${ip}' not found.`)
  return address
}

/** Out of the block that is kept for documents. */
function freePublicIp({ addresses }: World): string {
  for (let last = 10; last < 255; last += 1) {
    const ip = `203.0.113.${last}`
    if (!addresses.some(({ publicIp }) => publicIp === ip)) return ip
  }
  throw new Ec2Fault('AddressLimitExceeded', 'The maximum number of addresses has been reached.')
}
