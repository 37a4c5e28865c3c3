/** A whole lab: network, client, responders, observer and faults, made and removed together. */
import type { Links } from './faults/links.ts'
import { createLinks } from './faults/links.ts'
import type { Network } from './network/network.ts'
import { createNetwork } from './network/network.ts'
import type { Client } from './probes/client.ts'
import { startClient } from './probes/client.ts'
import type { Observer } from './probes/observer.ts'
import { startObserver } from './probes/observer.ts'
import { startResponder } from './probes/responder.ts'

export interface Vips {
  readonly ipv4: string
  readonly ipv6: string
}

export interface Lab {
  readonly network: Network
  readonly links: Links
  readonly vips: Vips
  /** Asks the IPv4 VIP. */
  readonly client: Client
  /** Asks the IPv6 VIP; only where it was asked for. */
  readonly client6: Client | null
  readonly observer: Observer
  /** Rejects when something that answers or measures ends unasked. Whoever does not listen is ended by it. */
  readonly broken: Promise<never>
  close(): void
}

export interface LabOptions {
  readonly nodes?: readonly string[]
  readonly subnet?: number
  /** Whether a second client asks the IPv6 VIP. */
  readonly ipv6Client?: boolean
  /** How often the clients ask. */
  readonly clientPitchMs?: number
}

export async function startLab(options: LabOptions = {}): Promise<Lab> {
  const subnet = options.subnet ?? 0
  const network = await createNetwork({ nodes: options.nodes ?? ['n1', 'n2', 'n3'], subnet })
  const vips: Vips = { ipv4: `10.66.${subnet}.50`, ipv6: `fd66:${subnet.toString(16)}::50` }
  const both = [vips.ipv4, vips.ipv6]
  try {
    const [responder, observer, client, client6] = await Promise.all([
      startResponder(network, both),
      startObserver(network, both),
      startClient(network, vips.ipv4, options.clientPitchMs),
      options.ipv6Client === true ? startClient(network, vips.ipv6, options.clientPitchMs) : null,
    ])
    const probes = [responder, observer, client, client6].filter((probe) => probe !== null)
    return {
      network,
      links: createLinks(network),
      vips,
      client,
      client6,
      observer,
      broken: Promise.race(probes.map(({ broken }) => broken)),
      close() {
        for (const probe of probes) probe.stop()
        network.close()
      },
    }
  } catch (error) {
    network.close()
    throw error
  }
}
