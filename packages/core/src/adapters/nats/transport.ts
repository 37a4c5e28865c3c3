import type { NatsConfig } from '../../config/types.ts'
import type { Message, NodeId } from '../../model/index.ts'
import type { Logger, Transport, TransportStatus } from '../../ports.ts'
import { embeddedOptions, externalOptions } from './connect-options.ts'
import { keepConnected } from './connection.ts'
import { startNatsServer, type NatsServer } from './server.ts'
import { subjectOf, subjectOfAll } from './subject.ts'
import { decodeMessage, encodeMessage, wireBytesMax } from './wire.ts'

export interface TransportOptions {
  readonly config: NatsConfig
  readonly cluster: string
  readonly node: NodeId
  /** Addresses (`host`, `host:port`) of the other members, for the server beside this daemon. */
  readonly peers: readonly string[]
  /** For the server's configuration; private, and not on the disk of the data folder. */
  readonly runtimeFolder: string
  readonly logger: Logger
}

/** The transport over NATS, with a server of its own or with the user's. */
export interface NatsTransport extends Transport {
  /** The addresses of the other members have changed. Without effect on the user's own NATS. */
  setPeers(peers: readonly string[]): void
}

/**
 * Sets up the transport. Resolves when the server beside this daemon runs; being connected is a matter of `status()`.
 * Throws a NatsError when it cannot be set up as configured.
 */
export async function createTransport(options: TransportOptions): Promise<NatsTransport> {
  const { config, cluster, node, logger } = options
  const name = `movip ${cluster} ${node}`
  if (config.type === 'external') return connected(options, await externalOptions(config, name), null)
  const server = await startNatsServer({ ...options, config, logger })
  return connected(options, embeddedOptions(server, name), server)
}

function connected(options: TransportOptions, connectOptions: Awaited<ReturnType<typeof externalOptions>>, server: NatsServer | null): NatsTransport {
  const { cluster, node, logger } = options
  const dropped = { malformed: 0, foreign: 0, future: 0 }
  const counts = { received: 0, sent: 0 }
  let lastError: string | null = null
  let receiver: (message: Message) => void = () => undefined

  const onBytes = (bytes: Uint8Array): void => {
    const decoded = decodeMessage(cluster, bytes)
    if (decoded.verdict !== 'message') {
      dropped[decoded.verdict] += 1
      // A stranger may send many: the count tells how many, the log tells it at 1, 10, 100, …
      if (Number.isInteger(Math.log10(dropped[decoded.verdict]))) logger.warn('transport.dropped', { cause: decoded.verdict, count: dropped[decoded.verdict] })
      return
    }
    const { message } = decoded
    if (message.from === node || ('to' in message && message.to !== node)) return
    counts.received += 1
    try {
      receiver(message)
    } catch (fault) {
      // Thrown in here it would only end the client's reading; a fault of ours must end the process.
      setImmediate(() => {
        throw fault
      })
    }
  }
  const connection = keepConnected({
    options: connectOptions,
    subjects: [subjectOfAll(cluster), subjectOf(cluster, node)],
    onBytes,
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
        if (bytes.length > wireBytesMax) throw new Error(`a ${message.type} of ${bytes.length} bytes is larger than the ${wireBytesMax} that can be sent`)
        current.publish(to === 'all' ? subjectOfAll(cluster) : subjectOf(cluster, to), bytes)
        counts.sent += 1
      } catch (error) {
        lastError = error instanceof Error ? error.message : String(error)
      }
    },
    onMessage: (next) => void (receiver = next),
    status: (): TransportStatus => ({
      connected: connection.current() !== null,
      server: connection.current()?.getServer() ?? null,
      serverRestarts: server?.restarts() ?? 0,
      ...counts,
      dropped: { ...dropped },
      lastError,
    }),
    setPeers: (peers) => server?.setPeers(peers),
    async close() {
      await connection.close()
      await server?.close()
    },
  }
}
