import { z } from 'zod'
import type { Failback, PlacementPolicy } from '../model/index.ts'
import { failbackInWindow } from './failback-window.ts'
import { longDuration } from './fields.ts'

// What `cluster.yaml` says of the place of a group beyond its `nodes`.

const failbackForm = 'expected never, manual or after with a duration, such as after 10m'

/** `never`, `manual`, `after 10m` or, for those who like it said in full, `after 10m stable`. */
const plainFailback = z.string({ error: failbackForm }).transform((text, context): Failback | 'never' => {
  if (text === 'never' || text === 'manual') return text
  const after = longDuration.safeParse(/^after (\S+)(?: stable)?$/.exec(text)?.[1])
  if (after.success) return { afterMs: after.data }
  const isTooLong = after.error.issues.every(({ code }) => code === 'custom')
  context.addIssue({ code: 'custom', message: isTooLong ? (after.error.issues[0]?.message ?? failbackForm) : failbackForm })
  return z.NEVER
})

const failback = z
  .union([plainFailback, failbackInWindow])
  .describe(
    'Whether the group goes back to a better node: never, manual (an operator is told), after the node was fit for so long, or that only within a window',
  )

const groupName = z.string({ error: 'expected the name of a group' })
const groupNames = z.array(groupName).min(1)

/** A whole number, so that sums of weights are exact. */
const amount = z.int().min(1).max(1_000_000)

export const capacity = amount.optional().describe('How much weight of groups the node bears; any if absent')

/** The keys of one group. */
export const placementFields = {
  failback: failback.optional(),
  weight: amount.optional().describe("What the group takes of a node's capacity; 1 if absent"),
  spread: z
    .union([groupNames, z.strictObject({ groups: groupNames, by: z.enum(['node', 'site']).default('node') })])
    .optional()
    .describe('Groups that should not be on the same node, or at the same site, where another will do'),
  together: groupNames.optional().describe('Groups on whose node it must be'),
  sites: z
    .array(z.string({ error: 'expected the name of a site' }))
    .min(1)
    .optional()
    .describe('Preferred sites, the best first'),
  prefer: z
    .enum(['order', 'current'])
    .optional()
    .describe('current: among nodes that could take the group the one with the most current data comes first, before any order'),
  startDelay: longDuration.optional().describe('A node that started less than so long ago is given the group only where no other is fit'),
  minFit: z.int().min(1).max(1024).optional().describe('With fewer fit nodes the group is served, but moved for no improvement'),
}

type PlacementFields = z.infer<z.ZodObject<typeof placementFields>>

/** What the keys of a group amount to; nothing at all where none is written. */
export function placementOf(fields: PlacementFields): { readonly placement?: PlacementPolicy } {
  const { weight, together, sites, startDelay, minFit } = fields
  const placement: PlacementPolicy = {
    ...(fields.failback === undefined || fields.failback === 'never' ? {} : { failback: fields.failback }),
    ...(weight === undefined || weight === 1 ? {} : { weight }),
    ...(fields.spread === undefined ? {} : { spread: 'by' in fields.spread ? fields.spread : { groups: fields.spread, by: 'node' } }),
    ...(together === undefined ? {} : { together }),
    ...(sites === undefined ? {} : { sites }),
    ...(startDelay === undefined || startDelay === 0 ? {} : { startDelayMs: startDelay }),
    ...(fields.prefer === 'current' ? { prefer: 'current' } : {}),
    ...(minFit === undefined ? {} : { minFit }),
  }
  return Object.keys(placement).length === 0 ? {} : { placement }
}
