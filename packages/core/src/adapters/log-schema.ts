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
const member = z.strictObject({ id: name, site: name, address: name, voter: z.boolean(), witness: z.boolean() })
const options = z.record(z.string(), z.unknown()).refine((value) => isShallow(value), { error: 'nested too deep' })
const endpoint = z.strictObject({ id: name, backend: name, at: z.exactOptional(name), options })
const group = z.strictObject({ id: name, mode: z.literal('active-standby'), nodes: names, endpoints: z.array(endpoint).max(1024) })
const spec = z.strictObject({ name, timing, nodes: z.array(member).max(1024), groups: z.array(group).max(4096) })

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
  z.strictObject({ type: z.literal('cluster'), spec }),
  z.strictObject({ type: z.literal('bind'), node: name, dataId: name, generation: count }),
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
})
export const snapshotSchema: z.ZodType<Snapshot> = z.strictObject({ index: count, term: count, state })
export const hardSchema: z.ZodType<HardState> = z.strictObject({ term: count, votedFor: name.nullable() })
