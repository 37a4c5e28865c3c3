import { z } from 'zod'
import { count, epoch, name, names, specSchema as spec, text } from '../config/spec-schema.ts'
import { INCIDENTS_AT_ONCE } from '../model/log.ts'
import type { ClusterState, Entry, HardState, Snapshot } from '../model/index.ts'

export { count, epoch, name, names, spec, text }

// The shape of the log, on the wire and on the disk. Strict: what is not named here is refused, so that an entry means what it says.

export const incarnation = z.strictObject({ dataId: name, generation: count })

export const note = z.strictObject({ at: z.string().max(64), by: z.string().max(256), what: z.string().max(4096) })
export const maintenanceOrder = z.union([
  z.strictObject({ action: z.enum(['drain', 'resume']), nodes: names.min(1) }),
  z.strictObject({ action: z.enum(['pause', 'unpause']), group: name.nullable() }),
])

const told = z.exactOptional(count)
const later = { startMs: told, claimMs: told, verifyMs: told, followMs: told }
const phases = z.strictObject({ detectMs: count, decideMs: count, stopMs: z.exactOptional(count), ...later })
const failed = z.exactOptional(z.string().max(1024))
const moveReport = z.strictObject({ group: name, epoch, agreeMs: count, ...later, failed })
export const moveReports = z.array(moveReport).max(256)
/** Who runs nothing any more of what it was given under which epochs. */
export const clearance = { node: name, epochs: z.array(epoch).min(1).max(4096), how: text }

const incident = {
  state: z.enum(['stolen', 'recovered']),
  group: name,
  node: name,
  epoch,
  endpoint: text,
  through: text,
  to: text.nullable(),
  at: z.string().max(64),
}
export const incidents = z.array(z.strictObject(incident)).min(1).max(INCIDENTS_AT_ONCE)

const entryBody = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('noop') }),
  z.strictObject({
    type: z.literal('assign'),
    group: name,
    node: name.nullable(),
    cause: text,
    at: z.exactOptional(count),
    phases: z.exactOptional(phases),
    unreleased: z.exactOptional(z.literal(true)),
  }),
  z.strictObject({ type: z.literal('cluster'), spec, note: z.exactOptional(note) }),
  z.strictObject({ type: z.literal('bind'), node: name, dataId: name, generation: count }),
  z.strictObject({ type: z.literal('maintenance'), order: maintenanceOrder, note }),
  z.strictObject({ type: z.literal('moved'), reports: moveReports }),
  z.strictObject({ type: z.literal('incidents'), incidents }),
  z.strictObject({ type: z.literal('cleared'), ...clearance }),
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
  failed,
})
const state: z.ZodType<ClusterState> = z.strictObject({
  spec,
  assignments: z.record(name, assignment),
  bindings: z.record(name, incarnation),
  longestLeaseMs: z.number().nonnegative(),
  moves: z.exactOptional(z.array(move).max(4096)),
  history: z.exactOptional(z.array(z.strictObject({ version: count, spec, note: z.exactOptional(note) })).max(1024)),
  orders: z.exactOptional(z.array(z.strictObject({ index: epoch, order: maintenanceOrder, note })).max(1024)),
  incidents: z.exactOptional(z.array(z.strictObject({ index: epoch, ...incident })).max(1024)),
  suspects: z.exactOptional(z.record(name, z.array(z.strictObject({ node: name, epoch })).max(4096))),
  maintenance: z.exactOptional(z.strictObject({ drained: z.record(name, note), paused: z.record(name, note), pausedAll: note.nullable() })),
})
export const snapshotSchema: z.ZodType<Snapshot> = z.strictObject({ index: count, term: count, state })
export const hardSchema: z.ZodType<HardState> = z.strictObject({ term: count, votedFor: name.nullable() })
