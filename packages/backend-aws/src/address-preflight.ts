import {
  AssignIpv6AddressesCommand,
  AssignPrivateIpAddressesCommand,
  DescribeSubnetsCommand,
  UnassignIpv6AddressesCommand,
} from '@aws-sdk/client-ec2'
import { liesIn } from '@movip/backend-arp/ip'
import type { Finding } from '@movip/core/backend'
import type { Calls } from './calls.ts'
import type { ElasticIp } from './elastic-ip.ts'
import type { Asked } from './faults.ts'
import { guestAgents } from './guest-agents.ts'
import type { OwnInterface } from './identity.ts'
import { mayDo, orFinding } from './looks.ts'
import type { PrivateAddress } from './private-address.ts'

/** What would keep this node from getting the Elastic IP. */
export function elasticPreflight(calls: Calls, elastic: ElasticIp, signal: AbortSignal): Promise<readonly Finding[]> {
  const asked = (action: string) => ({ action, resource: `Elastic IP ${elastic.names.join()}`, region: calls.access.region })
  const look = async (): Promise<readonly Finding[]> => {
    await elastic.describe({ until: -Infinity, signal })
    return mayDo(() => elastic.tryAssociate(signal), ['DryRunOperation', 'Resource.AlreadyAssociated'], asked('AssociateAddress'))
  }
  return orFinding(look, asked('DescribeAddresses'))
}

/** For documents: no subnet has it. */
const NOBODYS_IPV6 = '2001:db8::1'

interface Looked {
  readonly calls: Calls
  readonly leads: PrivateAddress
  readonly address: string
  readonly own: OwnInterface
}

/** What would keep this node from getting the address. Its calls know no dry run: an address that no subnet has is asked for. */
export function privatePreflight({ calls, leads, address, own }: Looked, signal: AbortSignal): Promise<readonly Finding[]> {
  const asked = (action: string) => ({ action, resource: `the address ${address} of ${own.id}`, region: calls.access.region })
  const isIpv6 = address.includes(':')
  const attempt = (): Promise<unknown> =>
    calls.once(
      (client, options) =>
        isIpv6
          ? client.send(new AssignIpv6AddressesCommand({ NetworkInterfaceId: own.id, Ipv6Addresses: [NOBODYS_IPV6] }), options)
          : client.send(new AssignPrivateIpAddressesCommand({ NetworkInterfaceId: own.id, PrivateIpAddresses: ['192.0.2.1'] }), options),
      signal,
    )
  const look = async (): Promise<readonly Finding[]> => {
    await leads.read({ until: -Infinity, signal })
    const action = isIpv6 ? 'AssignIpv6Addresses' : 'AssignPrivateIpAddresses'
    return [
      ...(await mayDo(attempt, ['InvalidParameterValue'], asked(action))),
      ...(isIpv6 ? await mayUnassign({ calls, own }, asked('UnassignIpv6Addresses'), signal) : []),
      ...(await outsideSubnet(calls, address, own, signal)),
      ...guestAgents(),
    ]
  }
  return orFinding(look, asked('DescribeNetworkInterfaces'))
}

/** IPv6 is taken from whoever has it. An address that this interface does not have cannot be taken from it, which is told to whoever may. */
function mayUnassign({ calls, own }: Pick<Looked, 'calls' | 'own'>, asked: Asked, signal: AbortSignal): Promise<readonly Finding[]> {
  const input = { NetworkInterfaceId: own.id, Ipv6Addresses: [NOBODYS_IPV6] }
  const attempt = (): Promise<unknown> =>
    calls.once((client, options) => client.send(new UnassignIpv6AddressesCommand(input), options), signal)
  return mayDo(attempt, ['InvalidParameterValue', 'InvalidIPAddress.NotFound'], asked)
}

async function outsideSubnet(calls: Calls, address: string, own: OwnInterface, signal: AbortSignal): Promise<readonly Finding[]> {
  const input = { SubnetIds: [own.subnet] }
  const { Subnets = [] } = await calls.once((client, options) => client.send(new DescribeSubnetsCommand(input), options), signal)
  const blocks = Subnets.flatMap(({ CidrBlock = '', Ipv6CidrBlockAssociationSet: six = [] }) => [
    CidrBlock,
    ...six.flatMap(({ Ipv6CidrBlock }) => Ipv6CidrBlock ?? []),
  ])
  if (blocks.some((block) => liesIn(`${address}/${address.includes(':') ? 128 : 32}`, block))) return []
  return [
    {
      severity: 'error',
      code: 'AWS_OUTSIDE_SUBNET',
      message: `${address} lies outside of ${own.subnet} (${blocks.join(', ')}): this node cannot have it`,
      fix: 'put all nodes of the group into the subnet of the address, or use backend: aws-route',
    },
  ]
}
