import { z } from 'zod'
import { ipBytes, ipText } from './ip.ts'

/** An interface as `ip -j` shows it, and the addresses on it. */
export interface IpLink {
  readonly index: number
  readonly name: string
  /** null: not an Ethernet-like interface. */
  readonly mac: string | null
  readonly up: boolean
  readonly addresses: readonly { readonly ip: string; readonly prefix: number; readonly dynamic: boolean }[]
}

const ipLinks = z.array(
  z.object({
    // Of interfaces and addresses that were not asked for, empty objects are shown.
    ifindex: z.int().positive().optional(),
    ifname: z.string().min(1).optional(),
    address: z.string().optional(),
    link_type: z.string().optional(),
    flags: z.array(z.string()).default([]),
    addr_info: z
      .array(z.object({ local: z.string().optional(), prefixlen: z.int().min(0).max(128).default(0), dynamic: z.boolean().default(false) }))
      .default([]),
  }),
)

const nftObjects = z.object({
  nftables: z.array(z.object({ set: z.object({ name: z.string(), elem: z.array(z.unknown()).default([]) }).optional() })),
})

/** What `ip -j link show` or `ip -j address show` printed; null: something else. */
export function readIpLinks(text: string): readonly IpLink[] | null {
  return (
    parsed(ipLinks, text)?.flatMap(({ ifindex, ifname, address, link_type: type, flags, addr_info: addresses }) => {
      if (ifindex === undefined || ifname === undefined) return []
      return {
        index: ifindex,
        name: ifname,
        mac: type === 'ether' ? (address ?? null) : null,
        up: flags.includes('UP') && flags.includes('LOWER_UP'),
        addresses: addresses.flatMap(({ local = '', prefixlen, dynamic }) => {
          const bytes = ipBytes(local)
          return bytes === null ? [] : [{ ip: ipText(bytes), prefix: prefixlen, dynamic }]
        }),
      }
    }) ?? null
  )
}

/** The addresses in those sets of `nft -j list table` whose names begin so; null: it printed something else. */
export function readSetElements(text: string, prefix: string): ReadonlySet<string> | null {
  const objects = parsed(nftObjects, text)
  if (objects === null) return null
  const elements = objects.nftables.flatMap(({ set }) => (set?.name.startsWith(prefix) === true ? set.elem : []))
  return new Set(
    elements.flatMap((element) => {
      const bytes = typeof element === 'string' ? ipBytes(element) : null
      return bytes === null ? [] : [ipText(bytes)]
    }),
  )
}

function parsed<T>(schema: z.ZodType<T>, text: string): T | null {
  try {
    return schema.safeParse(JSON.parse(text)).data ?? null
  } catch {
    return null
  }
}
