import type { NatsConfig } from '../../config/types.ts'
import type { NodeId } from '../../model/index.ts'
import type { Logger, Transport, TransportStatus } from '../../ports.ts'
import { embeddedOptions, externalOptions } from './connect-options.ts'
import { keepConnected } from './connection.ts'
import { canCutLinks, watchDeadLinks, type DeadLinks, type Peer } from './dead-links.ts'
import { createInbox } from './inbox.ts'
import { startNatsServer, type NatsServer } from './server.ts'
import { subjectOf, subjectOfAll } from './subject.ts'
import { encodeMessage, wireBytesMax } from './wire.ts'

export interface TransportOptions {
  readonly config: NatsConfig
  readonly cluster: string
  readonly node: NodeId
  /** The other members, for the server beside this daemon. */
  readonly peers: readonly Peer[]
  /** How often beats go out; the server's pings must fit between them. 100 unless told otherwise. */
  readonly heartbeatMs?: number
  /** For the server's configuration; private, and not on the disk of the data folder. */
  readonly runtimeFolder: string
  readonly logger: Logger
}

/** The transport over NATS, with a server of its own or with the user's. */
export interface NatsTransport extends Transport {
  /** The addresses of the other members have changed. Without effect on the user's own NATS. */
  setPeers(peers: readonly Peer[]): void
}

/**
 * Sets up the transport. Resolves when the server beside this daemon runs; being connected is a matter of `status()`.
 * Throws a NatsError when it cannot be set up as configured.
 */
export async function createTransport(options: TransportOptions): Promise<NatsTransport> {
  const { config, cluster, node, logger } = options
  const name = `movip ${cluster} ${node}`
  if (config.type === 'external') return connected(options, await externalOptions(config, name), null)
  const cutsLinks = await canCutLinks()
  const server = await startNatsServer({ ...options, peers: addressesOf(options.peers), config, cutsLinks, logger })
  const { peers, heartbeatMs = 100 } = options
  const links = cutsLinks ? watchDeadLinks({ peers, routePort: config.port, heartbeatMs, logger }) : null
  return connected(options, embeddedOptions(server, name), { server, links })
}

/** What there is only where the server beside the daemon is ours. */
interface Embedded {
  readonly server: NatsServer
  readonly links: DeadLinks | null
}

function addressesOf(peers: readonly Peer[]): readonly string[] {
  return peers.map(({ address }) => address)
}

function connected(
  options: TransportOptions,
  connectOptions: Awaited<ReturnType<typeof externalOptions>>,
  embedded: Embedded | null,
): NatsTransport {
  const { cluster, node, logger } = options
  const inbox = createInbox({ cluster, node, logger, heard: (from) => embedded?.links?.heard(from) })
  let sent = 0
  let lastError: string | null = null

  const connection = keepConnected({
    options: connectOptions,
    subjects: [subjectOfAll(cluster), subjectOf(cluster, node)],
    onBytes: inbox.take,
    onTrouble: (text) => void (lastError = text),
    logger,
  })

  return {
    send(to, message) {
      // What cannot go out now is dropped: a beat that arrives late would only say what no longer counts.
      const current = connection.current()
      if (current === null) return
      const bytes = encodeMessage(cluster, message)
      try {
        if (bytes.length > wireBytesMax)
          throw new Error(`a ${message.type} of ${bytes.length} bytes is larger than the ${wireBytesMax} that can be sent`)
        current.publish(to === 'all' ? subjectOfAll(cluster) : subjectOf(cluster, to), bytes)
        sent += 1
      } catch (error) {
        lastError = error instanceof Error ? error.message : String(error)
      }
    },
    onMessage: inbox.onMessage,
    status: (): TransportStatus => ({
      connected: connection.current() !== null,
      server: connection.current()?.getServer() ?? null,
      serverRestarts: embedded?.server.restarts() ?? 0,
      ...inbox.counts(),
      sent,
      lastError,
    }),
    setPeers(peers) {
      embedded?.server.setPeers(addressesOf(peers))
      embedded?.links?.setPeers(peers)
    },
    async close() {
      embedded?.links?.close()
      await connection.close()
      await embedded?.server.close()
    },
  }
}
