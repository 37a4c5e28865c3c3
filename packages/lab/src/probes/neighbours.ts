/** The client's neighbours: which machine speaks for each of many addresses, and since when. */
import type { Network } from '../network/network.ts'
import { macBytes } from '../system/address.ts'
import { startProbe } from './child.ts'

export interface Neighbour {
  /** Name of the host. */
  readonly by: string
  /** When it was heard for the first time since another one was (CLOCK_MONOTONIC, ms). */
  readonly since: number
}

export interface Neighbours {
  of(vip: string): Neighbour | undefined
  /** Rejects when the measuring ends unasked. */
  readonly broken: Promise<never>
  stop(): void
}

/** Every address is asked for so often; an announcement is heard at once. */
const PITCH_MS = 100

export async function startNeighbours(network: Network, vips: readonly string[]): Promise<Neighbours> {
  const hostOf = new Map(network.hosts.map(({ mac, name }) => [macBytes(mac).toString('hex'), name]))
  const known = new Map<string, Neighbour>()
  const { mac, ipv4, namespace } = network.client
  const probe = await startProbe({
    namespace,
    module: 'neighbours-process',
    argument: { asker: { mac, ipv4 }, vips, pitchMs: PITCH_MS },
    onLine: ([, at, vip, speaker]) => {
      known.set(vip as string, { by: hostOf.get(speaker as string) ?? (speaker as string), since: at as number })
    },
  })
  return { of: (vip) => known.get(vip), broken: probe.broken, stop: () => probe.stop() }
}
