import { describeInstanceAttribute, describeInterfaceAttribute, modifyInstance, modifyInterface } from './attributes.ts'
import type { Fields } from './contract.ts'
import { describeAddresses, describeInstances, describeInterfaces, describeSubnets, describeTables, describeVpcs } from './describe.ts'
import { allocateAddress, associateAddress, disassociateAddress, releaseAddress } from './elastic-ips.ts'
import { Ec2Fault } from './fault.ts'
import { assignIpv6, assignPrivateIps, unassignIpv6, unassignPrivateIps } from './private-ips.ts'
import type { Call } from './query.ts'
import { createRoute, deleteRoute, replaceRoute } from './routes.ts'
import type { World } from './world.ts'

type Operation = (world: World, input: Fields) => Fields

const reads: Readonly<Record<string, Operation>> = {
  DescribeVpcs: describeVpcs,
  DescribeSubnets: describeSubnets,
  DescribeRouteTables: describeTables,
  DescribeNetworkInterfaces: describeInterfaces,
  DescribeInstances: describeInstances,
  DescribeAddresses: describeAddresses,
  DescribeNetworkInterfaceAttribute: describeInterfaceAttribute,
  DescribeInstanceAttribute: describeInstanceAttribute,
}

const writes: Readonly<Record<string, Operation>> = {
  CreateRoute: createRoute,
  ReplaceRoute: replaceRoute,
  DeleteRoute: deleteRoute,
  AllocateAddress: allocateAddress,
  ReleaseAddress: releaseAddress,
  AssociateAddress: associateAddress,
  DisassociateAddress: disassociateAddress,
  AssignPrivateIpAddresses: assignPrivateIps,
  UnassignPrivateIpAddresses: unassignPrivateIps,
  AssignIpv6Addresses: assignIpv6,
  UnassignIpv6Addresses: unassignIpv6,
  ModifyNetworkInterfaceAttribute: modifyInterface,
  ModifyInstanceAttribute: modifyInstance,
}

export function isWrite(action: string): boolean {
  return Object.hasOwn(writes, action)
}

/**
 * Does what a call says, to this world. Throws `Ec2Fault` where the service would refuse it; then nothing has changed. One that is only to be
 * tried changes nothing, and ends in the fault that says that it would have worked.
 */
export function perform(world: World, { action, input, dryRun }: Call): Fields {
  const operation = (Object.hasOwn(writes, action) ? writes : reads)[action]
  if (operation === undefined) throw new Ec2Fault('UnsupportedOperation', `${action} is not to be had here`)
  if (!dryRun) return operation(world, input)
  operation(structuredClone(world), input)
  throw new Ec2Fault('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.')
}
