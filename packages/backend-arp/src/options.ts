import { z } from 'zod'
import { parseVip } from './ip.ts'

/** Options of an ARP endpoint, beside `at` and `backend`. */
export const optionsSchema = z.strictObject({
  /** The VIP with the prefix of its subnet. */
  address: z.string().refine((text) => parseVip(text) !== null, {
    error: (issue) =>
      `expected an IPv4 or IPv6 address with a prefix, like 10.0.0.50/24 or fd00::50/64, found ${JSON.stringify(issue.input)}`,
  }),
  /** A name of `interfaces` in node.yaml, or the name of an interface of this machine. */
  interface: z.string().regex(/^[^\s/"]{1,64}$/, 'expected a name of "interfaces" in node.yaml or of a network interface'),
})

export type ArpOptions = z.infer<typeof optionsSchema>
