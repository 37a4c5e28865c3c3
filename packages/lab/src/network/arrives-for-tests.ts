import { inetAddress } from '../system/address.ts'
import { AF_INET, AF_INET6, bindSocket, closeSocket, nowMs, openSocket, send, SOCK_DGRAM, waitReadable } from '../system/libc.ts'
import { inNamespace } from '../system/namespace.ts'
import type { Host } from './host.ts'

/** A packet takes a fraction of a millisecond, but the machine may be busy with something else. */
const ARRIVED_MS = 1000

/**
 * Whether a packet from one host comes in at the other. Between hosts that were not introduced a question and an answer
 * must pass first; between those that were, it tells of this one direction only.
 */
export function arrives(from: Host, to: Host, address = to.ipv4): boolean {
  const family = address.includes(':') ? AF_INET6 : AF_INET
  const [sender, receiver] = [from, to].map((host) => inNamespace(host.namespace, () => openSocket(family, SOCK_DGRAM, 0))) as [
    number,
    number,
  ]
  const target = inetAddress(address, 9000)
  bindSocket(receiver, target)
  send(sender, Buffer.from('hello'), target)
  const arrived = waitReadable([receiver], nowMs() + ARRIVED_MS).length > 0
  for (const fd of [sender, receiver]) closeSocket(fd)
  return arrived
}
