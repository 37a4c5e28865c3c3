import { isIPv4, isIPv6 } from 'node:net'

/** An address that movip moves, as configured. */
export interface Vip {
  readonly family: 4 | 6
  /** Canonical text, without the prefix. */
  readonly text: string
  readonly bytes: Buffer
  /** Length of the subnet's prefix, as the user wrote it. */
  readonly prefix: number
}

/** Parses `10.0.0.50/24` or `fd00::50/64`; null when it is neither. */
export function parseVip(text: string): Vip | null {
  const [ip, prefixText, ...rest] = text.split('/')
  if (ip === undefined || prefixText === undefined || rest.length > 0 || !/^\d{1,3}$/.test(prefixText)) return null
  const bytes = ipBytes(ip)
  const prefix = Number(prefixText)
  if (bytes === null || prefix < 1 || prefix > bytes.length * 8) return null
  return { family: bytes.length === 4 ? 4 : 6, text: ipText(bytes), bytes, prefix }
}

/** What is expected instead of an address that cannot be moved in a LAN; null when it can. */
export function vipTrouble(text: string): string | null {
  const vip = parseVip(text)
  if (vip === null) return 'expected an IPv4 or IPv6 address with a prefix, like 10.0.0.50/24 or fd00::50/64'
  const { bytes, family, prefix } = vip
  if (vip.text.startsWith('::ffff:')) return 'expected an IPv4 address as such, not written as IPv6'
  const [first = 0] = bytes
  if (vip.text === '0.0.0.0' || vip.text === '::' || (family === 4 ? first >= 224 : first === 255))
    return 'expected the address of a machine, not one that stands for none or for many'
  if (family === 4 ? first === 127 : vip.text === '::1') return 'expected an address that other machines reach, not one of the loopback'
  // The last two prefixes name single machines: there is no address for all of them.
  if (prefix >= bytes.length * 8 - 1) return null
  const network = networkOf(bytes, prefix)
  if (bytes.equals(network)) return 'expected the address of a machine, not that of its whole subnet'
  const last = Buffer.from(network.map((byte, index) => byte | (0xff >> Math.max(0, Math.min(8, prefix - 8 * index)))))
  return family === 4 && bytes.equals(last) ? 'expected the address of a machine, not the broadcast address of its subnet' : null
}

/** The bytes of an IPv4 or IPv6 address in network order; null when it is none. */
export function ipBytes(ip: string): Buffer | null {
  if (isIPv4(ip)) return Buffer.from(ip.split('.').map(Number))
  if (!isIPv6(ip) || ip.includes('%')) return null
  const [head = '', tail] = new URL(`http://[${ip}]/`).hostname.slice(1, -1).split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const groups = [...before, ...Array<string>(8 - before.length - after.length).fill('0'), ...after]
  return Buffer.from(groups.flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff]))
}

/** Canonical text of an address. */
export function ipText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.')
  const groups = Array.from({ length: 8 }, (_, index) => (((bytes[2 * index] ?? 0) << 8) | (bytes[2 * index + 1] ?? 0)).toString(16))
  return new URL(`http://[${groups.join(':')}]/`).hostname.slice(1, -1)
}

/** The first address of the subnet that `bytes` lies in. */
export function networkOf(bytes: Uint8Array, prefix: number): Buffer {
  return Buffer.from(bytes.map((byte, index) => byte & (0xff << Math.max(0, Math.min(8, 8 * (index + 1) - prefix)))))
}

/** Whether both addresses lie in the same subnet of this prefix. */
export function sameSubnet(a: Uint8Array, b: Uint8Array, prefix: number): boolean {
  return a.length === b.length && networkOf(a, prefix).equals(networkOf(b, prefix))
}

/** Whether a block lies in another, as `10.0.1.0/24` does in `10.0.0.0/16`; different families never do. */
export function liesIn(inner: string, outer: string): boolean {
  const [address = '', length = ''] = inner.split('/')
  const [base = '', prefix = ''] = outer.split('/')
  const [bytes, around] = [ipBytes(address), ipBytes(base)]
  return bytes !== null && around !== null && Number(length) >= Number(prefix) && sameSubnet(bytes, around, Number(prefix))
}

/** `02:00:00:00:00:0b` */
export function macText(mac: Uint8Array): string {
  return Array.from(mac, (byte) => byte.toString(16).padStart(2, '0')).join(':')
}

/** The six bytes of `02:00:00:00:00:0b`. */
export function macBytes(text: string): Buffer {
  return Buffer.from(text.split(':').map((byte) => Number.parseInt(byte, 16)))
}
