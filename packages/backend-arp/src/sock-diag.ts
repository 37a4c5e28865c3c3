import type { Vip } from './ip.ts'
import { attribute, encodeMessage, FLAG_ACK, FLAG_DUMP, FLAG_REQUEST } from './netlink.ts'
import type { NetlinkMessage } from './netlink.ts'

// Sockets as the kernel lists and closes them: struct inet_diag_req_v2 and inet_diag_msg of linux/inet_diag.h.

const BY_FAMILY = 20
const DESTROY = 21
const AF_INET = 2
const AF_INET6 = 10
const TCP = 6
const BYTECODE = 1
const FROM_ADDRESS = 7
/** All but those that listen, have ended, or only wait: whoever listens goes on, and what waits harms nobody. */
const CONNECTED = [1, 2, 3, 4, 5, 8, 9, 11, 12].reduce((mask, state) => mask | (1 << state), 0)
const ID_AT = 4
const ID_BYTES = 48

/** One socket, as the kernel names it. */
export interface Flow {
  readonly family: number
  readonly id: Buffer
}

/** The families whose sockets may have the address: of IPv4 also those that speak IPv6 and mean IPv4. */
export function familiesOf({ family }: Pick<Vip, 'family'>): readonly number[] {
  return family === 4 ? [AF_INET, AF_INET6] : [AF_INET6]
}

/** All connections of TCP whose own end has the address. The kernel picks them out: of very many others it says nothing. */
export function listFlows(sequence: number, vip: Pick<Vip, 'family' | 'bytes'>, family: number): Buffer {
  const request = Buffer.alloc(ID_AT + 4 + ID_BYTES)
  request[0] = family
  request[1] = TCP
  request.writeUInt32LE(CONNECTED, 4)
  const condition = Buffer.alloc(12 + vip.bytes.length)
  condition[0] = FROM_ADDRESS
  // What is next if it is so, and if it is not: beyond the end.
  condition[1] = condition.length
  condition.writeUInt16LE(condition.length + 4, 2)
  condition[4] = vip.family === 4 ? AF_INET : AF_INET6
  condition[5] = vip.bytes.length * 8
  condition.writeInt32LE(-1, 8)
  vip.bytes.copy(condition, 12)
  return encodeMessage(BY_FAMILY, FLAG_REQUEST | FLAG_DUMP, sequence, request, attribute(BYTECODE, condition))
}

/** The sockets of an answer. */
export function flowsOf(messages: readonly NetlinkMessage[]): readonly Flow[] {
  return messages.flatMap(({ type, body }) => {
    const family = body[0]
    if (type !== BY_FAMILY || family === undefined || body.length < ID_AT + ID_BYTES) return []
    return [{ family, id: body.subarray(ID_AT, ID_AT + ID_BYTES) }]
  })
}

/** Closes one: who is at its other end hears of a reset. */
export function closeFlow(sequence: number, { family, id }: Flow): Buffer {
  const request = Buffer.alloc(8)
  request[0] = family
  request[1] = TCP
  request.writeUInt32LE(CONNECTED, 4)
  return encodeMessage(DESTROY, FLAG_REQUEST | FLAG_ACK, sequence, request, id)
}
