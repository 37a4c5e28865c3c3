import { z } from 'zod'
import { vipTrouble } from './ip.ts'

/** What becomes of connections to an address that goes: of all kinds of endpoints that put one on this machine. */
export const oldFlows = z
  .enum(['reset', 'keep'])
  .optional()
  .describe(
    'Connections to the address when it goes: reset, so that clients connect anew at once, as is done if nothing is said; or kept, and left to themselves',
  )

/** Options of an ARP endpoint, beside `at` and `backend`. */
export const optionsSchema = z.strictObject({
  /** The VIP with the prefix of its subnet. */
  address: z.string().superRefine((text, context) => {
    const message = vipTrouble(text)
    if (message !== null) context.addIssue({ code: 'custom', message })
  }),
  /** A name of `interfaces` in node.yaml, or the name of an interface of this machine. */
  interface: z.string().regex(/^[^\s/"]{1,64}$/, 'expected a name of "interfaces" in node.yaml or of a network interface'),
  oldFlows,
})

export type ArpOptions = z.infer<typeof optionsSchema>
