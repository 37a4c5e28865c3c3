import { randomBytes } from 'node:crypto'
import type { NatsPlane } from '../../config/types.ts'
import { addressOn } from '../../model/index.ts'
import type { ClusterEvent, Member, NodeId, PlaneName } from '../../model/index.ts'
import type { Logger, Transport, TransportStatus } from '../../ports.ts'
import { canCutLinks } from './dead-links.ts'
import type { Peer } from './dead-links.ts'
import { createInbox } from './inbox.ts'
import { openPlanes } from './open-planes.ts'
import type { Plane } from './plane.ts'
import { createPlaneWatch } from './plane-watch.ts'
import type { Missed, PlaneWatch } from './plane-watch.ts'
import { subjectOf, subjectOfAll } from './subject.ts'
import { createEncoder, encodeWants, wireBytesMax } from './wire.ts'

/** Another member: where its own nats-servers listen. */
export type PeerNode = Pick<Member, 'id' | 'address' | 'addresses'>
/** A plane is lost to this node or to another, or is back. */
export type PlaneEvent = Extract<ClusterEvent, { type: 'plane' }>

export interface TransportOptions {
  /** At least one. */
  readonly planes: readonly NatsPlane[]
  readonly cluster: string
  readonly node: NodeId
  /** The other members. */
  readonly peers: readonly PeerNode[]
  /** How often beats go out; the server's pings must fit between them. 100 unless told otherwise. */
  readonly heartbeatMs?: number
  /** For the configuration of the servers; private, and not on the disk of the data folder. */
  readonly runtimeFolder: string
  readonly logger: Logger
}

/** The transport over NATS, with servers of its own or with the user's. */
export interface NatsTransport extends Transport {
  /** The members or their addresses have changed. */
  setPeers(peers: readonly PeerNode[]): void
  /** The one receiver of news about the planes, where there are several; told at once of those that are lost already. */
  onPlane(receiver: (event: PlaneEvent) => void): void
}

/**
 * Sets up the transport. Every message goes out on all planes that are connected, and each is taken once, from the plane that brings it first:
 * what one plane delays comes as a copy and counts for nothing. Resolves when the servers beside this daemon run, where there are several
 * planes without those that cannot; being connected is a matter of `status()`. Throws a NatsError when no plane can be set up as configured.
 */
export async function createTransport(options: TransportOptions): Promise<NatsTransport> {
  const { cluster, node, logger, heartbeatMs = 100 } = options
  let tell: (event: PlaneEvent) => void = () => undefined
  const isSeveral = options.planes.length > 1
  const watch = createPlaneWatch({
    planes: options.planes.map(({ name }) => name),
    nodes: expectedOn(options.planes, options.peers),
    heartbeatMs,
    onChange: (change) => tell(heardEvent(change)),
  })
  const planes: Plane[] = []
  const sender = createSender(planes, options)
  const inbox = createInbox({
    cluster,
    node,
    logger,
    heard: (from, plane, life) => {
      watch.heard(plane, from, life, performance.now())
      planes.find(({ name }) => name === plane)?.heard(from)
    },
    onMissing: sender.ask,
    onWanted: sender.want,
  })
  const cutsLinks = options.planes.some(({ type }) => type === 'embedded') && (await canCutLinks())
  const wanted = options.planes.map((plane) => ({
    plane,
    cluster,
    node,
    peers: peersOn(plane.name, options.peers),
    heartbeatMs,
    cutsLinks,
    isSpare: isSeveral,
    runtimeFolder: options.runtimeFolder,
    subjects: [subjectOfAll(cluster), subjectOf(cluster, node)],
    onBytes: (bytes: Uint8Array) => inbox.take(bytes, plane.name),
    onCutOff: (why: string | null) => {
      watch.setCutOff(plane.name, why !== null)
      if (isSeveral) tell(cutOffEvent(plane.name, why))
    },
    logger: isSeveral ? withField(logger, { plane: plane.name }) : logger,
  }))
  planes.push(...(await openPlanes(wanted)))

  return {
    send: sender.send,
    onMessage: inbox.onMessage,
    onPlane(receiver) {
      tell = receiver
      const lost = isSeveral ? planes.filter((plane) => plane.cutOff() !== null) : []
      for (const plane of lost) receiver(cutOffEvent(plane.name, plane.cutOff()))
    },
    status: () => statusOf(planes, watch, { ...inbox.counts(), sent: sender.sent(), lastError: sender.lastError() }),
    setPeers(peers) {
      watch.setNodes(expectedOn(options.planes, peers))
      for (const plane of planes) plane.setPeers(peersOn(plane.name, peers))
    },
    close: async () => void (await Promise.all(planes.map((plane) => plane.close()))),
  }
}

/** What one life of this transport sends. */
function createSender(planes: readonly Plane[], { cluster, node }: Pick<TransportOptions, 'cluster' | 'node'>) {
  const encoder = createEncoder(cluster)
  const life = randomBytes(8).toString('hex')
  let number = 0
  let sent = 0
  let lastError: string | null = null
  const publish = (to: NodeId | 'all', bytes: Uint8Array): void => {
    const subject = to === 'all' ? subjectOfAll(cluster) : subjectOf(cluster, to)
    // Each by itself: one that hangs or fails is nothing to the others.
    const taken = planes.map((plane) => plane.publish(subject, bytes))
    if (taken.includes(true)) sent += 1
  }
  const send: Transport['send'] = (to, message) => {
    number += 1
    const bytes = encoder.encode(message, planes.length > 1 ? { life, number } : undefined)
    if (bytes.length <= wireBytesMax) publish(to, bytes)
    else lastError = `a ${message.type} of ${bytes.length} bytes is larger than the ${wireBytesMax} that can be sent`
  }
  return {
    send,
    /** Beats of that node name parts that have not been read here. */
    ask: (to: NodeId, parts: readonly string[]) => publish(to, encodeWants(cluster, { from: node, to, parts })),
    want: encoder.want,
    sent: () => sent,
    lastError: () => lastError,
  }
}

function statusOf(
  planes: readonly Plane[],
  watch: PlaneWatch,
  all: Pick<TransportStatus, 'received' | 'dropped' | 'sent' | 'lastError'>,
): TransportStatus {
  const now = performance.now()
  const each = planes.map((plane) => ({ ...plane.status(), nodes: watch.hearingOf(plane.name, now) }))
  return {
    ...all,
    connected: each.some(({ connected }) => connected),
    server: each.find(({ server }) => server !== null)?.server ?? null,
    serverRestarts: each.reduce((sum, { serverRestarts }) => sum + serverRestarts, 0),
    lastError: all.lastError ?? each.find(({ lastError }) => lastError !== null)?.lastError ?? null,
    planes: each,
  }
}

function heardEvent({ plane, node, state }: Missed): PlaneEvent {
  return { type: 'plane', plane, node, state, why: state === 'lost' ? 'heard over other planes only' : 'heard there again' }
}

function cutOffEvent(plane: PlaneName, why: string | null): PlaneEvent {
  return { type: 'plane', plane, node: null, state: why === null ? 'back' : 'lost', why: why ?? 'connected again' }
}

function peersOn(plane: PlaneName, peers: readonly PeerNode[]): readonly Peer[] {
  return peers.flatMap((peer) => {
    const address = addressOn(peer, plane)
    return address === null ? [] : [{ id: peer.id, address }]
  })
}

/** On the user's own NATS everybody is expected; on a plane of own servers whoever has an address there. */
function expectedOn(planes: readonly NatsPlane[], peers: readonly PeerNode[]): ReadonlyMap<NodeId, readonly PlaneName[]> {
  return new Map(
    peers.map((peer) => {
      const expected = planes.filter(({ type, name }) => type === 'external' || addressOn(peer, name) !== null)
      return [peer.id, expected.map(({ name }) => name)]
    }),
  )
}

function withField(logger: Logger, field: Readonly<Record<string, unknown>>): Logger {
  return {
    debug: (event, fields) => logger.debug(event, { ...field, ...fields }),
    info: (event, fields) => logger.info(event, { ...field, ...fields }),
    warn: (event, fields) => logger.warn(event, { ...field, ...fields }),
    error: (event, fields) => logger.error(event, { ...field, ...fields }),
  }
}
