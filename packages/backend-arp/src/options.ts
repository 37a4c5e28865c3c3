import { z } from 'zod'
import { vipTrouble } from './ip.ts'

/** Options of an ARP endpoint, beside `at` and `backend`. */
export const optionsSchema = z.strictObject({
  /** The VIP with the prefix of its subnet. */
  address: z.string().superRefine((text, context) => {
    const message = vipTrouble(text)
    if (message !== null) context.addIssue({ code: 'custom', message })
  }),
  /** A name of `interfaces` in node.yaml, or the name of an interface of this machine. */
  interface: z.string().regex(/^[^\s/"]{1,64}$/, 'expected a name of "interfaces" in node.yaml or of a network interface'),
})

export type ArpOptions = z.infer<typeof optionsSchema>
