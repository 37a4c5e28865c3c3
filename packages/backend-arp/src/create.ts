import type { BackendContext } from '@movip/core/backend'
import { ArpVoice } from './arp-voice.ts'
import { leaveHost, takeHost } from './host.ts'
import type { Host } from './host.ts'
import type { Vip } from './ip.ts'
import { LeasedAddress } from './leased-address.ts'
import type { LeasedAddressOptions } from './leased-address.ts'
import { silence } from './voice.ts'

/** A VIP of a LAN, of which its neighbours are told. */
export function createArp(vip: Vip, device: string, context: BackendContext): Promise<LeasedAddress> {
  return joined(context, (host) => arpAddress({ host, vip, device, context }))
}

/** The same, on a host that it has yet to join. */
export function arpAddress(options: LeasedAddressOptions): LeasedAddress {
  return new LeasedAddress(options, (isOpen) => new ArpVoice({ ...options, isOpen }))
}

/** An address that the network itself sends to one node or another: on the interface, behind the kernel's lease, and not told to anybody. */
export function createSilent(vip: Vip, device: string, context: BackendContext): Promise<LeasedAddress> {
  return joined(context, (host) => new LeasedAddress({ host, vip, device, context }, () => silence))
}

async function joined(context: BackendContext, make: (host: Host) => LeasedAddress): Promise<LeasedAddress> {
  const host = await takeHost(context.cluster, context.logger)
  const address = make(host)
  await host.join(address).catch(async (error: unknown) => {
    await leaveHost(context.cluster, host, address)
    throw error
  })
  address.tellFitness()
  return address
}
