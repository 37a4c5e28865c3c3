/** IP and MAC addresses as bytes, and the socket addresses made of them. */
import { isIPv6 } from 'node:net'
import { AF_INET, AF_INET6, AF_NETLINK, AF_PACKET } from './libc.ts'

export type Family = 4 | 6

export function familyOf(ip: string): Family {
  return isIPv6(ip) ? 6 : 4
}

export function ipBytes(ip: string): Buffer {
  if (!isIPv6(ip)) return Buffer.from(ip.split('.').map(Number))
  const [head = '', tail] = ip.split('::')
  const words = (text: string): number[] => (text === '' ? [] : text.split(':').map((word) => Number.parseInt(word, 16)))
  const first = words(head)
  const last = tail === undefined ? [] : words(tail)
  const all = [...first, ...Array<number>(8 - first.length - last.length).fill(0), ...last]
  return Buffer.from(all.flatMap((word) => [word >> 8, word & 255]))
}

export function ipText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.')
  const words = Array.from({ length: 8 }, (_, i) =>
    Buffer.from(bytes)
      .readUInt16BE(2 * i)
      .toString(16),
  )
  return new URL(`http://[${words.join(':')}]`).hostname.slice(1, -1)
}

export function macBytes(mac: string): Buffer {
  return Buffer.from(mac.replaceAll(':', ''), 'hex')
}

/** `struct sockaddr_in` or `sockaddr_in6`. */
export function inetAddress(ip: string, port: number): Buffer {
  const six = familyOf(ip) === 6
  const address = Buffer.alloc(six ? 28 : 16)
  address.writeUInt16LE(six ? AF_INET6 : AF_INET, 0)
  address.writeUInt16BE(port, 2)
  ipBytes(ip).copy(address, six ? 8 : 4)
  return address
}

/** `struct sockaddr_ll`. Protocol 0 receives nothing, 3 everything; interface 0 is every interface. */
export function packetAddress(ifindex: number, protocol: number): Buffer {
  const address = Buffer.alloc(20)
  address.writeUInt16LE(AF_PACKET, 0)
  address.writeUInt16BE(protocol, 2)
  address.writeInt32LE(ifindex, 4)
  return address
}

/** `struct sockaddr_nl`. */
export function netlinkAddress(groups: number): Buffer {
  const address = Buffer.alloc(12)
  address.writeUInt16LE(AF_NETLINK, 0)
  address.writeUInt32LE(groups, 8)
  return address
}
