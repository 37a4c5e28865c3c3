import { z } from 'zod'
import type { Beat, Message, NodeId } from '../../model/index.ts'
import {
  clearance,
  count,
  entrySchema,
  epoch,
  incarnation,
  incidents,
  maintenanceOrder,
  moveReports,
  name,
  names,
  note,
  snapshotSchema,
  spec,
  text,
} from '../log-schema.ts'
import type { Stamp } from './copies.ts'

// The shape of everything that may arrive. Strict: what is not named here is refused, so that a message means what it says.

const instant = z.number().nonnegative()
const holding = z.strictObject({ group: name, epoch, state: z.enum(['claiming', 'active', 'stopping', 'releasing', 'stuck']) })
const groupEpoch = z.strictObject({ group: name, epoch })
const fitness = z.strictObject({ level: z.enum(['fit', 'keep', 'unfit']), reasons: z.array(text).max(256) })
const report = z.strictObject({
  leaving: z.boolean(),
  latenessMs: z.number().nonnegative(),
  configHash: z.string().max(256),
  positions: z.exactOptional(z.record(name, z.strictObject({ position: z.string().min(1).max(100), at: instant }))),
  startedAt: z.exactOptional(instant),
  moved: z.exactOptional(moveReports),
  unreached: z.exactOptional(z.array(groupEpoch).max(4096)),
})
const sender = { from: name, incarnation }
const addressed = { ...sender, to: name }

/** Bounded: what it names is remembered for a while. */
export const stampSchema: z.ZodType<Stamp> = z.strictObject({ life: z.string().min(1).max(64), number: epoch })

/** The names of the pages of each part, in the order of the parts. */
export type PartNames = readonly (readonly string[])[]
/** What is different in every beat, and the names of its parts. */
export type BeatNews = Pick<Beat, 'from' | 'sentAt' | 'echoes'> & { readonly parts: PartNames }
/** What is mostly the same from one beat of a node to its next, apart from what there is of every group. */
export type BeatRest = Omit<Beat, 'from' | 'sentAt' | 'echoes' | 'holds' | 'promises' | 'report'> & {
  readonly report: Omit<Beat['report'], 'fitness'>
}
/** Parts of beats that somebody has not read. */
export interface Wants {
  readonly from: NodeId
  /** Whose beats they are. */
  readonly to: NodeId
  readonly parts: readonly string[]
}

const partName = z.string().length(22)
/** Of each of the four parts; the first is never cut. */
const pagesMax = 128
const pageNames = z.array(partName).min(1).max(pagesMax)
/** So many pages a beat has at most. */
export const beatPagesMax = 1 + 3 * pagesMax

export const beatNewsSchema: z.ZodType<BeatNews> = z.strictObject({
  from: name,
  sentAt: instant,
  echoes: z.array(z.strictObject({ node: name, incarnation, sentAt: instant, denied: names })).max(1024),
  parts: z.tuple([z.array(partName).length(1), pageNames, pageNames, pageNames]),
})
export const restSchema: z.ZodType<BeatRest> = z.strictObject({
  type: z.literal('beat'),
  incarnation,
  leaseMs: z.number().positive(),
  voters: names,
  term: count,
  coordinator: name.nullable(),
  commit: count,
  matched: count,
  released: z.array(groupEpoch).max(4096),
  asks: z.array(groupEpoch).max(4096),
  report,
})
export const holdsSchema: z.ZodType<Beat['holds']> = z.array(holding).max(4096)
export const promisesSchema: z.ZodType<Beat['promises']> = z.array(z.strictObject({ group: name, node: name, epoch })).max(4096)
export const fitnessSchema: z.ZodType<Beat['report']['fitness']> = z.record(name, fitness)
export const wantsSchema: z.ZodType<Wants> = z.strictObject({ from: name, to: name, parts: z.array(partName).max(beatPagesMax) })
const request = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('switchover'), group: name, to: z.exactOptional(name) }),
  z.strictObject({ type: z.literal('configure'), spec, version: count, note }),
  z.strictObject({ type: z.literal('maintain'), order: maintenanceOrder, force: z.boolean(), note }),
  z.strictObject({
    type: z.literal('drill'),
    group: name,
    epoch,
    fault: z.enum(['kill', 'isolate']),
    forMs: z.number().positive(),
    unsupervised: z.boolean(),
  }),
  z.strictObject({ type: z.literal('clear'), ...clearance }),
  z.strictObject({ type: z.literal('tell'), incidents }),
])
const reply = z.union([
  z.strictObject({ ok: z.literal(true), group: name, from: name.nullable(), to: name, epoch }),
  z.strictObject({ ok: z.literal(true), index: epoch }),
  z.strictObject({
    ok: z.literal(false),
    code: z.enum([
      'no-quorum',
      'unknown-group',
      'unknown-node',
      'not-a-candidate',
      'unfit',
      'busy',
      'timeout',
      'outdated',
      'not-now',
      'last-fit',
      'no-redundancy',
      'not-permitted',
      'no-supervisor',
    ]),
    message: text,
  }),
])

/** All but beats. */
export const messageSchema: z.ZodType<Exclude<Message, Beat>> = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('vote-request'),
    ...addressed,
    term: count,
    lastIndex: count,
    lastTerm: count,
    pre: z.boolean(),
    transfer: z.boolean(),
  }),
  z.strictObject({ type: z.literal('vote-answer'), ...addressed, term: count, granted: z.boolean(), pre: z.boolean() }),
  z.strictObject({
    type: z.literal('append'),
    ...addressed,
    term: count,
    prevIndex: count,
    prevTerm: count,
    entries: z.array(entrySchema),
    commit: count,
  }),
  z.strictObject({ type: z.literal('append-answer'), ...addressed, term: count, ok: z.boolean(), index: count }),
  z.strictObject({ type: z.literal('install-snapshot'), ...addressed, term: count, snapshot: snapshotSchema }),
  z.strictObject({ type: z.literal('timeout-now'), ...addressed, term: count }),
  z.strictObject({ type: z.literal('request'), ...addressed, id: name, request }),
  z.strictObject({ type: z.literal('reply'), ...addressed, id: name, reply }),
])
