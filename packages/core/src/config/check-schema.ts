import { z } from 'zod'
import { duration } from './fields.ts'

const longest = '1h'
const longestMs = 3_600_000

function between(shortest: string, shortestMs: number) {
  const form = `expected a duration between ${shortest} and ${longest}`
  return duration.refine((ms) => ms >= shortestMs && ms <= longestMs, { error: form })
}

const count = z.int().min(1).max(100)

/** What every check has; the rest are options of its kind. */
export const checkEntrySchema = z.looseObject({
  type: z
    .string({ error: 'expected the kind of a check, such as http' })
    .optional()
    .describe("Kind of the check; the check's own name if absent"),
  on: z
    .enum(['active', 'standby', 'both'])
    .optional()
    .describe('Where it runs; both if absent, active where it tests the service of the group'),
  every: between('50ms', 50).optional().describe('From one probe to the next; 2s if absent'),
  timeout: between('10ms', 10).optional().describe('How long a probe may take, at most every; 1s if absent'),
  rise: count.optional().describe('So many good results in a row end a failure; 2 if absent'),
  fall: count.optional().describe('So many bad results in a row begin one; 3 if absent'),
  grace: between('0s', 0).optional().describe('For so long after a start bad results do not count; 10s if absent'),
  restart: z
    .strictObject({ max: count.default(2), within: between('10s', 10_000).default(600_000) })
    .optional()
    .describe('How often a failure restarts the service here before it makes the node unfit; never if absent'),
})

export type CheckEntry = z.infer<typeof checkEntrySchema>
