import { z } from 'zod'
import type { NotifyMoment, NotifyTarget } from '../model/index.ts'

/** Everything that can be told. */
export const notifyMoments = [
  'moved',
  'node-lost',
  'node-back',
  'drained',
  'resumed',
  'paused',
  'unpaused',
  'configured',
  'active',
  'released',
  'stuck',
  'failed',
  'quorum-lost',
  'quorum-back',
  'warning',
] as const satisfies readonly NotifyMoment[]

const word = z.string().min(1).max(256)
const words = z.array(word).max(4096)
const path = z.string().min(1).max(4096)
const via = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('webhook'), url: z.exactOptional(z.string().max(2048)), ca: z.exactOptional(path) }),
  z.strictObject({
    type: z.literal('mail'),
    host: word,
    port: z.int().min(1).max(65_535),
    tls: z.enum(['tls', 'starttls', 'none']),
    from: z.string().max(512),
    to: z.array(z.string().max(512)).max(64),
    ca: z.exactOptional(path),
  }),
])
const moment = z.enum(notifyMoments)

/** Where notifications go, as the log has it. */
export const notifyTargetsSchema: z.ZodType<readonly NotifyTarget[]> = z
  .array(
    z.strictObject({
      id: word,
      on: z.exactOptional(z.array(moment).max(64)),
      groups: z.exactOptional(words),
      nodes: z.exactOptional(words),
      burstMs: z.number().nonnegative(),
      perMinute: z.int().positive(),
      timeoutMs: z.number().positive(),
      via,
    }),
  )
  .max(64)
