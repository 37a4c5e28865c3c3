import { AssociateAddressCommand, DescribeAddressesCommand } from '@aws-sdk/client-ec2'
import type { Address } from '@aws-sdk/client-ec2'
import { BackendError } from '@movip/core/backend'
import { readBack } from '@movip/core/leading'
import type { Budget, Lead, Leads } from '@movip/core/leading'
import { CLOUD_TRAIL } from './calls.ts'
import type { Calls } from './calls.ts'
import { backendError } from './faults.ts'

export interface ElasticIpOptions {
  readonly calls: Calls
  /** `eipalloc-…` */
  readonly allocation: string
  readonly ownInterface: string
  /** The address of the interface that it stands for; absent: its first. */
  readonly privateAddress: string | undefined
}

/** One Elastic IP. The internet gateway sends it to one interface, and never to two. */
export class ElasticIp implements Leads {
  readonly names: readonly string[]
  private readonly options: ElasticIpOptions

  constructor(options: ElasticIpOptions) {
    this.options = options
    this.names = [options.allocation]
  }

  async read(budget: Budget): Promise<readonly Lead[]> {
    const { allocation, privateAddress } = this.options
    const { NetworkInterfaceId: to = null, PrivateIpAddress: stands } = await this.describe(budget)
    const isAnother = privateAddress !== undefined && stands !== privateAddress
    return [{ name: allocation, to: to !== null && isAnother ? `${to} (${stands ?? 'no address'})` : to }]
  }

  /** What AWS knows of it. Throws `BackendError`. */
  async describe(budget: Budget): Promise<Address> {
    const input = { AllocationIds: [this.options.allocation] }
    const { Addresses = [] } = await this.options.calls
      .ask((client, options) => client.send(new DescribeAddressesCommand(input), options), budget)
      .catch((error: unknown) => Promise.reject(this.failure(error, 'DescribeAddresses')))
    const [address] = Addresses
    if (address === undefined)
      throw new BackendError(
        'NOT_FOUND',
        `there is no Elastic IP ${this.options.allocation}`,
        'correct allocation of the endpoint, or its region',
      )
    return address
  }

  async lead(_: string, budget: Budget): Promise<void> {
    const { calls, allocation, ownInterface, privateAddress } = this.options
    const input = { AllocationId: allocation, NetworkInterfaceId: ownInterface, PrivateIpAddress: privateAddress, AllowReassociation: true }
    await calls
      .ask((client, options) => client.send(new AssociateAddressCommand(input), options), budget)
      .catch((error: unknown) => Promise.reject(this.failure(error, 'AssociateAddress')))
    await readBack(allocation, ownInterface, { read: () => this.read(budget), fix: CLOUD_TRAIL }, budget)
  }

  /** Whether this may be done, by a dry run. Throws `BackendError`, unless it may. */
  tryAssociate(signal: AbortSignal): Promise<unknown> {
    const { calls, allocation, ownInterface, privateAddress } = this.options
    const input = { DryRun: true, AllocationId: allocation, NetworkInterfaceId: ownInterface, PrivateIpAddress: privateAddress }
    return calls.once((client, options) => client.send(new AssociateAddressCommand(input), options), signal)
  }

  private failure(error: unknown, action: string): BackendError {
    const { allocation, calls } = this.options
    return backendError(error, { action, resource: `Elastic IP ${allocation}`, region: calls.access.region })
  }
}
