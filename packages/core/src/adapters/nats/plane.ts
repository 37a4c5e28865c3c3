import { mainPlane } from '../../model/index.ts'
import type { NatsPlane } from '../../config/types.ts'
import type { Logger, PlaneStatus } from '../../ports.ts'
import { embeddedOptions, externalOptions } from './connect-options.ts'
import { keepConnected } from './connection.ts'
import { watchDeadLinks } from './dead-links.ts'
import type { DeadLinks, Peer } from './dead-links.ts'
import { startNatsServer } from './server.ts'
import type { NatsServer } from './server.ts'

export interface PlaneOptions {
  readonly plane: NatsPlane
  readonly cluster: string
  readonly node: string
  /** The other members, where their nats-servers listen in this plane. */
  readonly peers: readonly Peer[]
  readonly heartbeatMs: number
  readonly cutsLinks: boolean
  /** Whether there are other planes: then the daemon starts without this one, too. */
  readonly isSpare: boolean
  readonly runtimeFolder: string
  readonly subjects: readonly string[]
  readonly onBytes: (bytes: Uint8Array) => void
  /** Why there was nothing of it so far, which has been told; null: this is its first beginning. */
  readonly cutOff: string | null
  /** This node is cut off from the plane, and why; or null: it is back. */
  readonly onCutOff: (why: string | null) => void
  readonly logger: Logger
}

/** One network that messages go over: a connection to NATS, and the server that it is connected to where that is this node's own. */
export interface Plane {
  readonly name: string
  /** Whether it has taken the message. What cannot go out now is dropped: a beat that arrives late would only say what no longer counts. */
  publish(subject: string, bytes: Uint8Array): boolean
  /** A message of that node came over this plane. */
  heard(from: string): void
  setPeers(peers: readonly Peer[]): void
  /** Why this node is cut off from it; null: it is not, or nothing is known so far. */
  cutOff(): string | null
  status(): Omit<PlaneStatus, 'nodes'>
  close(): Promise<void>
}

/** Resolves when the plane's own server runs, if it has one; being connected is a matter of `status()`. */
export async function openPlane(options: PlaneOptions): Promise<Plane> {
  const { plane, cluster, node, cutsLinks, heartbeatMs, logger } = options
  const name = `movip ${cluster} ${node}`
  if (plane.type === 'external') return connected(options, await externalOptions(plane, name), null)
  const isMain = plane.name === mainPlane
  const server = await startNatsServer({
    config: plane,
    // Servers of different planes do not let each other in, whatever addresses they are given.
    cluster: isMain ? cluster : `${cluster}.${plane.name}`,
    node: isMain ? node : `${node}-${plane.name}`,
    peers: addressesOf(options.peers),
    heartbeatMs,
    cutsLinks,
    isSpare: options.isSpare,
    runtimeFolder: options.runtimeFolder,
    logger,
  })
  const links = cutsLinks ? watchDeadLinks({ peers: options.peers, routePort: plane.port, heartbeatMs, logger }) : null
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
  { plane: { name, type }, subjects, onBytes, cutOff, onCutOff, logger }: PlaneOptions,
  connectOptions: Awaited<ReturnType<typeof externalOptions>>,
  embedded: Embedded | null,
): Plane {
  let sent = 0
  let lastError: string | null = null
  const contact = createContact(cutOff, onCutOff)
  const connection = keepConnected({
    options: connectOptions,
    subjects,
    onBytes,
    onTrouble: (text) => void (lastError = text),
    onUp: () => contact.change(null),
    onDown(text) {
      lastError = text
      contact.change(embedded?.server.trouble() ?? text)
    },
    logger,
  })
  return {
    name,
    publish(subject, bytes) {
      const current = connection.current()
      if (current === null) return false
      try {
        current.publish(subject, bytes)
        sent += 1
        return true
      } catch (error) {
        lastError = error instanceof Error ? error.message : String(error)
        return false
      }
    },
    heard: (from) => embedded?.links?.heard(from),
    setPeers(peers) {
      embedded?.server.setPeers(addressesOf(peers))
      embedded?.links?.setPeers(peers)
    },
    cutOff: contact.cutOff,
    status: () => ({
      name,
      kind: type,
      connected: connection.current() !== null,
      sinceMs: Math.round(contact.sinceMs()),
      server: connection.current()?.getServer() ?? null,
      serverRestarts: embedded?.server.restarts() ?? 0,
      sent,
      lastError: embedded?.server.trouble() ?? lastError,
    }),
    async close() {
      embedded?.links?.close()
      await connection.close()
      await embedded?.server.close()
    },
  }
}

interface Contact {
  /** Null: there is a connection. */
  change(why: string | null): void
  cutOff(): string | null
  /** For so long it has been as it is. */
  sinceMs(): number
}

/** Tells when this node is cut off, and when that is over. That it is connected for the first time is no news. */
function createContact(before: string | null, onCutOff: (why: string | null) => void): Contact {
  let isUp = before === null ? null : false
  let cutOff = before
  let since = performance.now()
  return {
    change(why) {
      const isNews = why === null ? isUp === false : isUp !== false
      if (isUp !== (why === null)) since = performance.now()
      isUp = why === null
      cutOff = why
      if (isNews) onCutOff(why)
    },
    cutOff: () => cutOff,
    sinceMs: () => performance.now() - since,
  }
}
