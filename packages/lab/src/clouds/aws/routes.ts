import { blockOf, liesIn } from './cidr.ts'
import type { Fields } from './contract.ts'
import { Ec2Fault } from './fault.ts'
import { found, interfaceMeant } from './world.ts'
import type { Route, RouteTable, Target, World } from './world.ts'
import { textIn, texts } from './input.ts'

export function createRoute(world: World, input: Fields): Fields {
  const { table, destination, target } = routeWanted(world, input)
  const present = table.routes.find((route) => route.destination === destination)
  if (present !== undefined) throw new Ec2Fault('RouteAlreadyExists', `The route identified by ${destination} already exists.`)
  table.routes.push({ destination, origin: 'CreateRoute', target })
  return { Return: true }
}

export function replaceRoute(world: World, input: Fields): Fields {
  const { table, destination, target } = routeWanted(world, input)
  routeAt(table, destination, 'InvalidParameterValue').target = target
  return {}
}

export function deleteRoute(world: World, input: Fields): Fields {
  const table = found(world, 'tables', textIn(input, 'RouteTableId'))
  const route = routeAt(table, destinationOf(input), 'InvalidRoute.NotFound')
  table.routes = table.routes.filter((other) => other !== route)
  return {}
}

function routeAt(table: RouteTable, destination: string, code: string): Route {
  const route = table.routes.find((known) => known.destination === destination)
  if (route === undefined)
    throw new Ec2Fault(code, `There is no route defined for '${destination}' in the route table. Use CreateRoute instead.`)
  if (route.origin === 'CreateRouteTable') throw new Ec2Fault('InvalidParameterValue', `The local route ${destination} cannot be changed.`)
  return route
}

interface Wanted {
  readonly table: RouteTable
  readonly destination: string
  readonly target: Target
}

function routeWanted(world: World, input: Fields): Wanted {
  const table = found(world, 'tables', textIn(input, 'RouteTableId'))
  const destination = destinationOf(input)
  const target = targetOf(world, table, input)
  refuseInside(world, table, destination, target)
  return { table, destination, target }
}

function destinationOf(input: Fields): string {
  const { DestinationCidrBlock: four, DestinationIpv6CidrBlock: six } = texts(input)
  const destination = four ?? six
  if (destination === undefined)
    throw new Ec2Fault('MissingParameter', 'The request must contain exactly one of destinationCidrBlock, destinationIpv6CidrBlock')
  if (four !== undefined && six !== undefined)
    throw new Ec2Fault(
      'InvalidParameterCombination',
      'The request must contain exactly one of destinationCidrBlock, destinationIpv6CidrBlock',
    )
  if (blockOf(destination)?.family !== (four === undefined ? 6 : 4))
    throw new Ec2Fault(
      'InvalidParameterValue',
      `Value (${destination}) for parameter ${four === undefined ? 'destinationIpv6CidrBlock' : 'destinationCidrBlock'} is invalid. This is not a valid CIDR block.`,
    )
  return destination
}

/** The kinds of targets that this account has. */
const targets = ['InstanceId', 'NetworkInterfaceId', 'GatewayId'] as const
const others = [
  'VpcEndpointId',
  'TransitGatewayId',
  'LocalGatewayId',
  'CarrierGatewayId',
  'CoreNetworkArn',
  'OdbNetworkArn',
  'EgressOnlyInternetGatewayId',
  'VpcPeeringConnectionId',
  'NatGatewayId',
]

function targetOf(world: World, table: RouteTable, input: Fields): Target {
  const named = texts(input)
  const given = [...targets, ...others].filter((name) => named[name] !== undefined)
  if (given.length !== 1)
    throw new Ec2Fault(
      given.length === 0 ? 'MissingParameter' : 'InvalidParameterCombination',
      'The request must contain exactly one target of the route',
    )
  const { InstanceId: instance, NetworkInterfaceId: own, GatewayId: gateway } = named
  if (gateway !== undefined) return { kind: 'gateway', id: gateway }
  if (instance === undefined && own === undefined)
    throw new Ec2Fault('InvalidParameterValue', `There is no ${given.join()} in this account`)
  const { id, subnet } = interfaceMeant(world, { interface: own, instance })
  if (found(world, 'subnets', subnet).vpc !== table.vpc)
    throw new Ec2Fault('InvalidParameterValue', `route table ${table.id} and network interface ${id} belong to different networks`)
  return { kind: 'interface', id }
}

/** Inside the range of the VPC a route must be to the whole of a subnet. */
function refuseInside({ vpcs, subnets }: World, table: RouteTable, destination: string, target: Target): void {
  const vpc = vpcs.find(({ id }) => id === table.vpc)
  const range = blockOf(destination)?.family === 6 ? vpc?.ipv6Cidr : vpc?.cidr
  if (range === undefined || !liesIn(destination, range)) return
  if (target.kind !== 'interface')
    throw new Ec2Fault(
      'InvalidParameterValue',
      `The destination CIDR block ${destination} is equal to or more specific than one of this VPC's CIDR blocks. This route can target only an interface or an instance.`,
    )
  const whole = subnets.filter((subnet) => subnet.vpc === table.vpc).flatMap(({ cidr, ipv6Cidr }) => [cidr, ipv6Cidr])
  if (!whole.includes(destination)) throw new Ec2Fault('InvalidParameterValue', "Route destination doesn't match any subnet CIDR blocks.")
}
