/** As much of rtnetlink as the lab needs: adding and deleting an address, and hearing of such changes. */
import type { Family } from './address.ts'
import { familyOf, ipBytes, ipText, netlinkAddress } from './address.ts'
import {
  AF_INET,
  AF_INET6,
  AF_NETLINK,
  bindSocket,
  nowMs,
  openSocket,
  receive,
  send,
  SOCK_RAW,
  SystemCallError,
  waitReadable,
} from './libc.ts'

const NEWADDR = 20
const DELADDR = 21
const ERROR = 2
const REQUEST_ACK = 0x5
const CREATE_REPLACE = 0x500
const IFA_ADDRESS = 1
const IFA_LOCAL = 2
const NODAD = 2
const GROUP_IPV4_ADDRESS = 0x10
const GROUP_IPV6_ADDRESS = 0x100

/** A netlink socket in the calling thread's namespace. */
export function openRouteSocket(listen: boolean): number {
  const fd = openSocket(AF_NETLINK, SOCK_RAW, 0)
  bindSocket(fd, netlinkAddress(listen ? GROUP_IPV4_ADDRESS | GROUP_IPV6_ADDRESS : 0))
  return fd
}

export interface AddressRequest {
  readonly ip: string
  readonly prefixLength: number
  readonly ifindex: number
}

export function addAddress(fd: number, request: AddressRequest): void {
  transact(fd, addressMessage(NEWADDR, REQUEST_ACK | CREATE_REPLACE, request))
}

export function deleteAddress(fd: number, request: AddressRequest): void {
  transact(fd, addressMessage(DELADDR, REQUEST_ACK, request))
}

function addressMessage(type: number, flags: number, { ip, prefixLength, ifindex }: AddressRequest): Buffer {
  const bytes = ipBytes(ip)
  const attributes = [IFA_LOCAL, IFA_ADDRESS].map((kind) => Buffer.concat([Buffer.from([bytes.length + 4, 0, kind, 0]), bytes]))
  const head = Buffer.alloc(24)
  head.writeUInt32LE(24 + attributes.length * (bytes.length + 4), 0)
  head.writeUInt16LE(type, 4)
  head.writeUInt16LE(flags, 6)
  head.writeUInt8(familyOf(ip) === 6 ? AF_INET6 : AF_INET, 16)
  head.writeUInt8(prefixLength, 17)
  head.writeUInt8(familyOf(ip) === 6 ? NODAD : 0, 18)
  head.writeInt32LE(ifindex, 20)
  return Buffer.concat([head, ...attributes])
}

function transact(fd: number, message: Buffer): void {
  send(fd, message, null)
  const answer = Buffer.alloc(4096)
  waitReadable([fd], nowMs() + 1000)
  const size = receive(fd, answer)
  if (size < 20 || answer.readUInt16LE(4) !== ERROR) throw new SystemCallError('netlink', 0)
  const errno = -answer.readInt32LE(16)
  if (errno !== 0) throw new SystemCallError('netlink', errno)
}

export interface AddressChange {
  readonly added: boolean
  readonly ip: string
  readonly family: Family
}

/** The address changes in one datagram of a listening socket. */
export function parseAddressChanges(data: Buffer): readonly AddressChange[] {
  const changes: AddressChange[] = []
  for (let at = 0; at + 24 <= data.length;) {
    const size = data.readUInt32LE(at)
    const type = data.readUInt16LE(at + 4)
    if (size < 16) break
    const bytes = type === NEWADDR || type === DELADDR ? addressOf(data.subarray(at, at + size)) : null
    if (bytes !== null) changes.push({ added: type === NEWADDR, ip: ipText(bytes), family: bytes.length === 4 ? 4 : 6 })
    at += (size + 3) & ~3
  }
  return changes
}

/** IFA_LOCAL where there is one (IPv4), else IFA_ADDRESS. */
function addressOf(message: Buffer): Buffer | null {
  let found: Buffer | null = null
  for (let at = 24; at + 4 <= message.length;) {
    const size = message.readUInt16LE(at)
    const kind = message.readUInt16LE(at + 2)
    if (size < 4) break
    if (kind === IFA_LOCAL || (kind === IFA_ADDRESS && found === null)) found = message.subarray(at + 4, at + size)
    at += (size + 3) & ~3
  }
  return found
}
