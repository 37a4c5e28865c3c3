/**
 * Answers the client on every node host: one process with a socket per host and address. Each is bound to the VIP itself,
 * which need not be there yet (IP_FREEBIND), so that an answer always comes from the address that was asked.
 */
import { familyOf, inetAddress } from '../system/address.ts'
import { AF_INET, AF_INET6, bindSocket, nowMs, openSocket, receive, send, setOption, SOCK_DGRAM } from '../system/libc.ts'
import { inNamespace } from '../system/namespace.ts'
import { argument, createOutbox, waitOrEnd } from './loop.ts'
import { answerTemplate, fillAnswer, PORT, REQUEST_SIZE } from './packet.ts'

interface Argument {
  readonly hosts: readonly { readonly name: string; readonly namespace: string }[]
  readonly vips: readonly string[]
}

const IP_FREEBIND = [0, 15] as const
const IPV6_FREEBIND = [41, 78] as const
const FAR_FUTURE_MS = 1000

const { hosts, vips } = argument<Argument>()
const sockets = new Map<number, { readonly answer: Buffer; readonly sender: Buffer }>()
for (const host of hosts) {
  for (const vip of vips) sockets.set(openAt(host.namespace, vip), { answer: answerTemplate(host.name), sender: inetAddress(vip, 0) })
}

function openAt(namespace: string, vip: string): number {
  const six = familyOf(vip) === 6
  const fd = inNamespace(namespace, () => openSocket(six ? AF_INET6 : AF_INET, SOCK_DGRAM, 0))
  const [level, option] = six ? IPV6_FREEBIND : IP_FREEBIND
  setOption(fd, level, option, 1)
  bindSocket(fd, inetAddress(vip, PORT))
  return fd
}

const request = Buffer.alloc(64)
const outbox = createOutbox()
outbox.put(['ready'])
for (;;) {
  outbox.flush()
  for (const fd of waitOrEnd([...sockets.keys()], nowMs() + FAR_FUTURE_MS)) {
    const socket = sockets.get(fd)
    while (socket !== undefined && receive(fd, request, socket.sender) >= REQUEST_SIZE) {
      fillAnswer(socket.answer, request, nowMs())
      send(fd, socket.answer, socket.sender)
    }
  }
}
