import type { Network } from '../network/network.ts'
import type { Probe } from './child.ts'
import { startProbe } from './child.ts'

/** Starts what answers the client on each node host, with the node's name, wherever the VIP is. */
export function startResponder(network: Network, vips: readonly string[]): Promise<Probe> {
  const hosts = network.nodes.map(({ name, namespace }) => ({ name, namespace }))
  return startProbe({ namespace: network.switch, module: 'responder-process', argument: { hosts, vips }, onLine: () => {} })
}
