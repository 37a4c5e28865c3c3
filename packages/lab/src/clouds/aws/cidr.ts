import { BlockList, isIP } from 'node:net'

/** A block of addresses, `10.0.0.0/16`; null: the text is none. */
export function blockOf(cidr: string): { readonly address: string; readonly prefix: number; readonly family: 4 | 6 } | null {
  const [address = '', length = '', ...rest] = cidr.split('/')
  const family = isIP(address)
  const prefix = Number(length)
  if ((family !== 4 && family !== 6) || rest.length > 0 || !/^\d{1,3}$/.test(length) || prefix > (family === 4 ? 32 : 128)) return null
  return { address, prefix, family }
}

/** Whether all of one block, or an address, lies in another. */
export function liesIn(inner: string, outer: string): boolean {
  const block = blockOf(inner.includes('/') ? inner : `${inner}/${isIP(inner) === 6 ? 128 : 32}`)
  const around = blockOf(outer)
  if (block === null || around === null || block.family !== around.family || block.prefix < around.prefix) return false
  const list = new BlockList()
  const family = around.family === 4 ? 'ipv4' : 'ipv6'
  list.addSubnet(around.address, around.prefix, family)
  return list.check(block.address, family)
}
