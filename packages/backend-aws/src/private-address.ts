import {
  AssignIpv6AddressesCommand,
  AssignPrivateIpAddressesCommand,
  DescribeNetworkInterfacesCommand,
  UnassignIpv6AddressesCommand,
} from '@aws-sdk/client-ec2'
import type { BackendError } from '@movip/core/backend'
import { readBack } from '@movip/core/leading'
import type { Budget, Lead, Leads } from '@movip/core/leading'
import { CLOUD_TRAIL } from './calls.ts'
import type { Calls, Send } from './calls.ts'
import { backendError } from './faults.ts'
import type { OwnInterface } from './identity.ts'

export interface PrivateAddressOptions {
  readonly calls: Calls
  /** IPv4 or IPv6, in the subnet of the interface. */
  readonly address: string
  readonly own: OwnInterface
}

/** A secondary address of an interface, which goes from one interface of a subnet to another. The subnet delivers it to one of them. */
export class PrivateAddress implements Leads {
  readonly names: readonly string[]
  private readonly options: PrivateAddressOptions

  constructor(options: PrivateAddressOptions) {
    this.options = options
    this.names = [options.address]
  }

  async read(budget: Budget): Promise<readonly Lead[]> {
    const { address, own } = this.options
    const name = isIpv6(address) ? 'ipv6-addresses.ipv6-address' : 'addresses.private-ip-address'
    const filters = [
      { Name: name, Values: [address] },
      { Name: 'vpc-id', Values: [own.vpc] },
    ]
    const { NetworkInterfaces = [] } = await this.ask(
      'DescribeNetworkInterfaces',
      (client, options) => client.send(new DescribeNetworkInterfacesCommand({ Filters: filters }), options),
      budget,
    )
    return [{ name: address, to: NetworkInterfaces[0]?.NetworkInterfaceId ?? null }]
  }

  async lead(_: string, budget: Budget): Promise<void> {
    const { address, own } = this.options
    await (isIpv6(address) ? this.take(budget) : this.reassign(budget))
    await readBack(address, own.id, { read: () => this.read(budget), fix: CLOUD_TRAIL }, budget)
  }

  private async reassign(budget: Budget): Promise<void> {
    const { address, own } = this.options
    const input = { NetworkInterfaceId: own.id, PrivateIpAddresses: [address], AllowReassignment: true }
    await this.ask(
      'AssignPrivateIpAddresses',
      (client, options) => client.send(new AssignPrivateIpAddressesCommand(input), options),
      budget,
    )
  }

  /** There is no reassignment of IPv6: it is taken from whoever has it, and then given. */
  private async take(budget: Budget): Promise<void> {
    const { address, own } = this.options
    const [lead] = await this.read(budget)
    if (lead?.to === own.id) return
    const Ipv6Addresses = [address]
    if (lead !== undefined && lead.to !== null) {
      const from = { NetworkInterfaceId: lead.to, Ipv6Addresses }
      await this.ask('UnassignIpv6Addresses', (client, options) => client.send(new UnassignIpv6AddressesCommand(from), options), budget)
    }
    const to = { NetworkInterfaceId: own.id, Ipv6Addresses }
    await this.ask('AssignIpv6Addresses', (client, options) => client.send(new AssignIpv6AddressesCommand(to), options), budget)
  }

  private ask<Output>(action: string, send: Send<Output>, budget: Budget): Promise<Output> {
    return this.options.calls.ask(send, budget).catch((error: unknown) => Promise.reject(this.failure(error, action)))
  }

  private failure(error: unknown, action: string): BackendError {
    const { address, own, calls } = this.options
    return backendError(error, { action, resource: `the address ${address} of ${own.id}`, region: calls.access.region })
  }
}

function isIpv6(address: string): boolean {
  return address.includes(':')
}
