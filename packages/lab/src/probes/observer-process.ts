/**
 * Sees every frame that enters the switch, by the port it came in through, and every address on every host; and asks
 * for the VIP on the wire all the time, so that whoever serves it has to show. Started in the namespace of the switch.
 */
import { familyOf, ipBytes, packetAddress } from '../system/address.ts'
import { arpQuestion, neighbourQuestion, speaksFor } from '../system/frames.ts'
import {
  AF_PACKET,
  bindSocket,
  getOption,
  interfaceIndex,
  lastStampMs,
  nowMs,
  openSocket,
  realtimeToMonotonicMs,
  receive,
  send,
  setOption,
  SOCK_RAW,
  SystemCallError,
} from '../system/libc.ts'
import { inNamespace } from '../system/namespace.ts'
import { openRouteSocket, parseAddressChanges } from '../system/netlink.ts'
import { argument, createOutbox, waitOrEnd } from './loop.ts'

interface Argument {
  readonly hosts: readonly { readonly name: string; readonly namespace: string; readonly port: string }[]
  readonly observer: { readonly namespace: string; readonly mac: string; readonly ipv4: string; readonly ipv6: string }
  readonly vips: readonly string[]
  readonly pitchMs: number
}

const EVERY_PROTOCOL = 3
const SOL_SOCKET = 1
const SO_RCVBUF = 8
const SO_RCVBUFFORCE = 33
const EPERM = 1
const BUFFER_BYTES = 32 << 20
const SOL_PACKET = 263
const PACKET_STATISTICS = 6
const PACKET_IGNORE_OUTGOING = 23
const IFINDEX_OFFSET = 4
const STATISTICS_MS = 1000

const { hosts, observer, vips, pitchMs } = argument<Argument>()
const outbox = createOutbox()
const addresses = vips.map(ipBytes)

const portOf = new Map(hosts.map((host) => [interfaceIndex(host.port), host.name]))

const capture = openSocket(AF_PACKET, SOCK_RAW, 0)
enlargeBuffer(capture)
setOption(capture, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
bindSocket(capture, packetAddress(0, EVERY_PROTOCOL))

const listeners = new Map(hosts.map((host) => [inNamespace(host.namespace, () => openRouteSocket(true)), host.name]))

const voice = inNamespace(observer.namespace, () => openSocket(AF_PACKET, SOCK_RAW, 0))
const eth0 = inNamespace(observer.namespace, () => interfaceIndex('eth0'))
const mouth = packetAddress(eth0, 0)
const questions = vips.map((vip) =>
  familyOf(vip) === 6
    ? neighbourQuestion({ mac: observer.mac, ip: observer.ipv6 }, vip)
    : arpQuestion({ mac: observer.mac, ip: observer.ipv4 }, vip),
)

const frame = Buffer.alloc(2048)
const origin = packetAddress(0, 0)

/** Inside a user namespace the machine's own limit (net.core.rmem_max) stands; should that not do, the losses tell. */
function enlargeBuffer(fd: number): void {
  try {
    setOption(fd, SOL_SOCKET, SO_RCVBUFFORCE, BUFFER_BYTES)
  } catch (error) {
    if (!(error instanceof SystemCallError && error.errno === EPERM)) throw error
    setOption(fd, SOL_SOCKET, SO_RCVBUF, BUFFER_BYTES)
  }
}

/** The kernel stamped each frame when it came, so reading them later loses nothing. */
function readFrames(): void {
  const offset = realtimeToMonotonicMs()
  for (let size = receive(capture, frame, origin); size >= 0; size = receive(capture, frame, origin)) {
    const at = (lastStampMs(capture) ?? -offset) + offset
    const host = portOf.get(origin.readInt32LE(IFINDEX_OFFSET))
    const kind = host === undefined ? null : speaksFor(frame.subarray(0, size), addresses)
    if (kind !== null) outbox.put(['f', at, host, kind])
  }
}

function readAddresses(fd: number): void {
  const at = nowMs()
  for (let size = receive(fd, frame); size >= 0; size = receive(fd, frame)) {
    for (const { added, ip } of parseAddressChanges(frame.subarray(0, size))) outbox.put(['d', at, listeners.get(fd), ip, added])
  }
}

/** Frames that the kernel had to drop because we did not read in time: evidence that is missing must not look like innocence. */
function readLosses(): void {
  const lost = getOption(capture, SOL_PACKET, PACKET_STATISTICS, 8).readUInt32LE(4)
  if (lost > 0) outbox.put(['lost', nowMs(), lost])
}

lastStampMs(capture) // The first question switches the stamps on.
let next = nowMs()
let nextStatistics = nowMs()
outbox.put(['ready'])
for (;;) {
  const now = nowMs()
  if (now >= next) {
    for (const question of questions) send(voice, question, mouth)
    next = Math.max(next + pitchMs, now + pitchMs / 2)
  }
  for (const fd of waitOrEnd([...listeners.keys()], next)) if (listeners.has(fd)) readAddresses(fd)
  readFrames()
  if (now >= nextStatistics) {
    readLosses()
    nextStatistics = now + STATISTICS_MS
  }
  outbox.flush()
}
