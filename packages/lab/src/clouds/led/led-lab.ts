import type { ClusterLab, ClusterOptions } from '../../cluster/cluster.ts'
import { startClient } from '../../probes/client.ts'
import { startResponder } from '../../probes/responder.ts'
import { startLedAzure } from './led-azure.ts'
import type { LedCloud, LedMode } from './led-cloud.ts'
import { startLedGoogle } from './led-gcp.ts'

/** A site in Azure or Google Cloud whose network leads to the holder. */
export interface LedLab extends ClusterLab {
  readonly cluster: ClusterOptions
  readonly control: LedCloud['control']
  /** The nodes to which the address leads: by each table or route, or that have it. */
  leads(): Promise<readonly string[]>
  /** Somebody else takes away, past movip, what leads to whoever holds the group. */
  takeAway(): Promise<void>
  readonly writes: LedCloud['writes']
  close(): void
}

export async function startLedLab(mode: LedMode): Promise<LedLab> {
  const cloud = await (mode.startsWith('azure') ? startLedAzure(mode) : startLedGoogle(mode))
  const { network, endpoint, vip, arrivesAs, clientAt, trusting } = cloud
  try {
    const [responder, client] = await Promise.all([
      startResponder(network, arrivesAs),
      startClient({ client: { namespace: clientAt } }, vip),
    ])
    return {
      network,
      vips: { ipv4: vip, ipv6: '' },
      client,
      client6: null,
      control: cloud.control,
      cluster: {
        endpoints: [JSON.stringify({ backend: mode.split(' ')[0], interface: 'lan', ...endpoint })],
        under: () => ['env', ...Object.entries(trusting).map(([name, value]) => `${name}=${value}`)],
      },
      leads: () => cloud.leads(),
      takeAway: () => cloud.takeAway(),
      writes: cloud.writes,
      close() {
        for (const probe of [responder, client, cloud]) probe.stop()
        network.close()
      },
    }
  } catch (error) {
    network.close()
    throw error
  }
}
