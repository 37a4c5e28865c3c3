import { z } from 'zod'
import { WEEKDAYS } from '../model/index.ts'
import type { ClusterSpec } from '../model/index.ts'
import { notifyTargetsSchema } from '../notify/spec-schema.ts'

// The shape of a configuration as the log has it, on the wire and on the disk. What a file may say has to fit in here.

export const name = z.string().min(1).max(256)
export const names = z.array(name).max(4096)
export const count = z.int().nonnegative()
export const epoch = z.int().positive()
export const text = z.string().max(65_536)
/** Something is timed by it or by twice of it, and Node's timers take less than 2^31 ms. */
const wait = z
  .number()
  .positive()
  .max(2 ** 30 - 1)

/** So deep may the options of an endpoint nest. Whatever writes or compares them recurses, and would end with its stack. */
const depthMax = 32

function isShallow(value: unknown, depth = depthMax): boolean {
  if (typeof value !== 'object' || value === null) return true
  return depth > 0 && Object.values(value).every((inner) => isShallow(inner, depth - 1))
}

const timing = z.strictObject({
  heartbeatMs: wait,
  leaseMs: wait,
  electionMs: wait,
  driftPpmMax: z.number().nonnegative(),
})
const fenceDevice = z.strictObject({
  agent: name,
  options: z.record(name, text),
  secrets: z.record(name, name),
  action: z.enum(['off', 'reboot']),
  timeoutMs: wait,
})
const member = z.strictObject({
  id: name,
  site: name,
  address: name,
  addresses: z.exactOptional(z.record(name, name).refine((value) => Object.keys(value).length <= 64, { error: 'too many' })),
  voter: z.boolean(),
  witness: z.boolean(),
  capacity: z.exactOptional(epoch),
  fence: z.exactOptional(z.array(fenceDevice).min(1).max(16)),
})
const options = z.record(z.string(), z.unknown()).refine((value) => isShallow(value), { error: 'nested too deep' })
const endpoint = z.strictObject({ id: name, backend: name, at: z.exactOptional(name), claimMs: z.exactOptional(wait), options })
const servicePart = z.strictObject({ id: name, kind: name, startMs: wait, stopMs: wait, options })
const hook = z.strictObject({
  on: z.array(z.enum(['active', 'released', 'stuck', 'failed'])).max(4),
  run: z.array(text).min(1).max(256),
  timeoutMs: wait,
})
const timeOfDay = z.string().regex(/^\d\d:\d\d$/)
const failbackWindow = z.strictObject({
  from: timeOfDay,
  to: timeOfDay,
  days: z.exactOptional(z.array(z.enum(WEEKDAYS)).max(7)),
  zone: name,
})
const placement = z.strictObject({
  failback: z.exactOptional(z.union([z.literal('manual'), z.strictObject({ afterMs: count, window: z.exactOptional(failbackWindow) })])),
  weight: z.exactOptional(epoch),
  spread: z.exactOptional(z.strictObject({ groups: names, by: z.enum(['node', 'site']) })),
  together: z.exactOptional(names),
  sites: z.exactOptional(names),
  startDelayMs: z.exactOptional(count),
  prefer: z.exactOptional(z.literal('current')),
  minFit: z.exactOptional(count),
})
const check = z.strictObject({
  id: name,
  kind: name,
  on: z.enum(['active', 'standby', 'both']),
  everyMs: wait,
  timeoutMs: wait,
  rise: epoch,
  fall: epoch,
  graceMs: wait.or(z.literal(0)),
  restart: z.exactOptional(z.strictObject({ max: epoch, withinMs: wait })),
  options,
})
const group = z.strictObject({
  id: name,
  mode: z.literal('active-standby'),
  nodes: names,
  endpoints: z.array(endpoint).max(1024),
  service: z.exactOptional(z.array(servicePart).max(64)),
  hooks: z.exactOptional(z.array(hook).max(64)),
  placement: z.exactOptional(placement),
  checks: z.exactOptional(z.array(check).max(64)),
  fence: z.exactOptional(z.literal('required')),
})
/** A configuration in the log. */
export const specSchema: z.ZodType<ClusterSpec> = z.strictObject({
  name,
  timing,
  nodes: z.array(member).max(1024),
  groups: z.array(group).max(4096),
  notify: z.exactOptional(notifyTargetsSchema),
})
