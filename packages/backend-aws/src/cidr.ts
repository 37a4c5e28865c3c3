import { isIP, SocketAddress } from 'node:net'

/** An address, with its prefix if it has one, in the one way in which AWS writes it: what is read back is compared with it. */
export function asAwsWrites(text: string): string {
  const [address = '', ...prefix] = text.split('/')
  const written = isIP(address) === 6 ? new SocketAddress({ address, family: 'ipv6' }).address : address
  return [written, ...prefix].join('/')
}
