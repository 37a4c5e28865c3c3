import { z } from 'zod'
import { durationFrom } from '../config/fields.ts'
import type { HookSpec } from '../model/index.ts'

const argvForm = 'expected a program with its arguments as a list, such as ["/etc/movip/moved", "--mail"]'

/** What a hook may wait for, on the node where it happens. */
const hookMoments = ['active', 'released', 'stuck', 'failed'] as const

/** A hook as `cluster.yaml` has it. */
export const hookSchema = z.strictObject({
  on: z
    .union([z.enum(hookMoments), z.array(z.enum(hookMoments)).min(1).max(4)])
    .describe(
      'active: the group is served here; released: it is down here; stuck: it cannot be taken down; failed: something of it did not work',
    ),
  run: z
    .array(z.string({ error: argvForm }).min(1, { error: argvForm }), { error: argvForm })
    .min(1, { error: argvForm })
    .max(256),
  timeout: durationFrom(100).default(10_000).describe('It is ended when it takes longer'),
})

/** A hook as the cluster's configuration holds it. */
export function hookSpecOf({ on, run, timeout }: z.infer<typeof hookSchema>): HookSpec {
  return { on: [on].flat(), run, timeoutMs: timeout }
}
