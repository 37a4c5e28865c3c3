import { BlockList, isIP, SocketAddress } from 'node:net'

/** Whether a block lies in another; different families never do. */
export function liesIn(inner: string, outer: string): boolean {
  const [address = '', length = ''] = inner.split('/')
  const [base = '', prefix = ''] = outer.split('/')
  if (isIP(address) === 0 || isIP(address) !== isIP(base) || Number(length) < Number(prefix)) return false
  const family = isIP(base) === 4 ? 'ipv4' : 'ipv6'
  const list = new BlockList()
  list.addSubnet(base, Number(prefix), family)
  return list.check(address, family)
}

/** An address, with its prefix if it has one, in the one way in which AWS writes it: what is read back is compared with it. */
export function asAwsWrites(text: string): string {
  const [address = '', ...prefix] = text.split('/')
  const written = isIP(address) === 6 ? new SocketAddress({ address, family: 'ipv6' }).address : address
  return [written, ...prefix].join('/')
}
