import type { BackendContext } from '@movip/core/backend'
import { ArpVoice } from './arp-voice.ts'
import type { Port } from './guarded.ts'
import { leaveHost, takeHost } from './host.ts'
import type { Host, Resident } from './host.ts'
import type { Vip } from './ip.ts'
import { LeasedAddress } from './leased-address.ts'
import type { LeasedAddressOptions } from './leased-address.ts'
import { LeasedPort } from './leased-port.ts'
import { silence } from './voice.ts'

/** What an endpoint says of connections to its address. */
export interface FlowOptions {
  readonly oldFlows?: 'reset' | 'keep' | undefined
}

/** A VIP of a LAN, of which its neighbours are told. */
export function createArp(vip: Vip, device: string, context: BackendContext, { oldFlows }: FlowOptions = {}): Promise<LeasedAddress> {
  const keepsFlows = oldFlows === 'keep'
  return toldFitness(joined(context, (host) => arpAddress({ host, vip, device, context, keepsFlows })))
}

/** The same, on a host that it has yet to join. */
export function arpAddress(options: LeasedAddressOptions): LeasedAddress {
  return new LeasedAddress(options, (isOpen) => new ArpVoice({ ...options, isOpen }))
}

/** An address that the network itself sends to one node or another: on the interface, behind the kernel's lease, and not told to anybody. */
export function createSilent(vip: Vip, device: string, context: BackendContext, { oldFlows }: FlowOptions = {}): Promise<LeasedAddress> {
  const keepsFlows = oldFlows === 'keep'
  return toldFitness(joined(context, (host) => new LeasedAddress({ host, vip, device, context, keepsFlows }, () => silence)))
}

/** A port of this machine, whatever listens there: open under the kernel's lease alone. */
export function createPort(number: number, to: Port['to'], context: BackendContext): Promise<LeasedPort> {
  return joined(context, (host) => new LeasedPort({ host, number, to, context }))
}

async function toldFitness(joining: Promise<LeasedAddress>): Promise<LeasedAddress> {
  const address = await joining
  address.tellFitness()
  return address
}

async function joined<R extends Resident>(context: BackendContext, make: (host: Host) => R): Promise<R> {
  const host = await takeHost(context.cluster, context.logger)
  const resident = make(host)
  await host.join(resident).catch(async (error: unknown) => {
    await leaveHost(context.cluster, host, resident)
    throw error
  })
  return resident
}
