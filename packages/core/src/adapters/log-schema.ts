import { z } from 'zod'
import type { ClusterState, Entry, HardState, Snapshot } from '../model/index.ts'

// The shape of the log, on the wire and on the disk. Strict: what is not named here is refused, so that an entry means what it says.

export const name = z.string().min(1).max(256)
export const names = z.array(name).max(4096)
export const count = z.int().nonnegative()
export const epoch = z.int().positive()
export const text = z.string().max(65_536)
export const incarnation = z.strictObject({ dataId: name, generation: count })

/** So deep may the options of an endpoint nest. Whatever writes or compares them recurses, and would end with its stack. */
const depthMax = 32

function isShallow(value: unknown, depth = depthMax): boolean {
  if (typeof value !== 'object' || value === null) return true
  return depth > 0 && Object.values(value).every((inner) => isShallow(inner, depth - 1))
}

const timing = z.strictObject({
  heartbeatMs: z.number().positive(),
  leaseMs: z.number().positive(),
  electionMs: z.number().positive(),
  driftPpmMax: z.number().nonnegative(),
})
const member = z.strictObject({
  id: name,
  site: name,
  address: name,
  voter: z.boolean(),
  witness: z.boolean(),
  capacity: z.exactOptional(epoch),
})
const options = z.record(z.string(), z.unknown()).refine((value) => isShallow(value), { error: 'nested too deep' })
const endpoint = z.strictObject({ id: name, backend: name, at: z.exactOptional(name), options })
const servicePart = z.strictObject({ id: name, kind: name, startMs: z.number().positive(), stopMs: z.number().positive(), options })
const hook = z.strictObject({
  on: z.array(z.enum(['active', 'released', 'stuck', 'failed'])).max(4),
  run: z.array(text).min(1).max(256),
  timeoutMs: z.number().positive(),
})
const placement = z.strictObject({
  failback: z.exactOptional(z.union([z.literal('manual'), z.strictObject({ afterMs: count })])),
  weight: z.exactOptional(epoch),
  spread: z.exactOptional(z.strictObject({ groups: names, by: z.enum(['node', 'site']) })),
  together: z.exactOptional(names),
  sites: z.exactOptional(names),
  startDelayMs: z.exactOptional(count),
  minFit: z.exactOptional(count),
})
const check = z.strictObject({
  id: name,
  kind: name,
  on: z.enum(['active', 'standby', 'both']),
  everyMs: z.number().positive(),
  timeoutMs: z.number().positive(),
  rise: epoch,
  fall: epoch,
  graceMs: z.number().nonnegative(),
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
})
export const spec = z.strictObject({ name, timing, nodes: z.array(member).max(1024), groups: z.array(group).max(4096) })

export const note = z.strictObject({ at: z.string().max(64), by: z.string().max(256), what: z.string().max(4096) })
export const maintenanceOrder = z.union([
  z.strictObject({ action: z.enum(['drain', 'resume']), nodes: names.min(1) }),
  z.strictObject({ action: z.enum(['pause', 'unpause']), group: name.nullable() }),
])

const phases = z.strictObject({ detectMs: count, decideMs: count })
const entryBody = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('noop') }),
  z.strictObject({
    type: z.literal('assign'),
    group: name,
    node: name.nullable(),
    cause: text,
    at: z.exactOptional(count),
    phases: z.exactOptional(phases),
  }),
  z.strictObject({ type: z.literal('cluster'), spec, note: z.exactOptional(note) }),
  z.strictObject({ type: z.literal('bind'), node: name, dataId: name, generation: count }),
  z.strictObject({ type: z.literal('maintenance'), order: maintenanceOrder, note }),
])
export const entrySchema: z.ZodType<Entry> = z.strictObject({ index: epoch, term: count, body: entryBody })

const assignment = z.strictObject({ node: name.nullable(), epoch: count, cause: text })
const move = z.strictObject({
  group: name,
  from: name.nullable(),
  to: name.nullable(),
  epoch,
  cause: text,
  at: count,
  phases: z.exactOptional(phases),
})
const state: z.ZodType<ClusterState> = z.strictObject({
  spec,
  assignments: z.record(name, assignment),
  bindings: z.record(name, incarnation),
  longestLeaseMs: z.number().nonnegative(),
  moves: z.exactOptional(z.array(move).max(4096)),
  history: z.exactOptional(z.array(z.strictObject({ version: count, spec, note: z.exactOptional(note) })).max(1024)),
  maintenance: z.exactOptional(z.strictObject({ drained: z.record(name, note), paused: z.record(name, note), pausedAll: note.nullable() })),
})
export const snapshotSchema: z.ZodType<Snapshot> = z.strictObject({ index: count, term: count, state })
export const hardSchema: z.ZodType<HardState> = z.strictObject({ term: count, votedFor: name.nullable() })
