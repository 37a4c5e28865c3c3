import { z } from 'zod'
import type { Beat, Message } from '../../model/index.ts'

// The shape of everything that may arrive. Strict: what is not named here is refused, so that a message means what it says.

const name = z.string().min(1).max(256)
const count = z.int().nonnegative()
const epoch = z.int().positive()
const instant = z.number().nonnegative()
const text = z.string().max(65_536)
const incarnation = z.strictObject({ dataId: name, generation: count })
const names = z.array(name).max(4096)

const timing = z.strictObject({
  heartbeatMs: z.number().positive(),
  leaseMs: z.number().positive(),
  electionMs: z.number().positive(),
  driftPpmMax: z.number().nonnegative(),
})
const member = z.strictObject({ id: name, site: name, address: name, voter: z.boolean(), witness: z.boolean() })
const endpoint = z.strictObject({ id: name, backend: name, at: z.exactOptional(name), options: z.record(z.string(), z.unknown()) })
const group = z.strictObject({ id: name, mode: z.literal('active-standby'), nodes: names, endpoints: z.array(endpoint).max(1024) })
const spec = z.strictObject({ name, timing, nodes: z.array(member).max(1024), groups: z.array(group).max(4096) })

const entryBody = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('noop') }),
  z.strictObject({ type: z.literal('assign'), group: name, node: name.nullable(), cause: text }),
  z.strictObject({ type: z.literal('cluster'), spec }),
  z.strictObject({ type: z.literal('bind'), node: name, dataId: name, generation: count }),
])
const entry = z.strictObject({ index: epoch, term: count, body: entryBody })
const assignment = z.strictObject({ node: name.nullable(), epoch: count, cause: text })
const state = z.strictObject({
  spec,
  assignments: z.record(name, assignment),
  bindings: z.record(name, incarnation),
  longestLeaseMs: z.number().nonnegative(),
})
const snapshot = z.strictObject({ index: count, term: count, state })

const holding = z.strictObject({ group: name, epoch, state: z.enum(['claiming', 'active', 'releasing', 'stuck']) })
const groupEpoch = z.strictObject({ group: name, epoch })
const fitness = z.strictObject({ level: z.enum(['fit', 'keep', 'unfit']), reasons: z.array(text).max(256) })
const report = z.strictObject({
  fitness: z.record(name, fitness),
  leaving: z.boolean(),
  latenessMs: z.number().nonnegative(),
  configHash: z.string().max(256),
})
const sender = { from: name, incarnation }
const addressed = { ...sender, to: name }

/** What is different in every beat. */
export type BeatNews = Pick<Beat, 'sentAt' | 'echoes'>
/** What is mostly the same from one beat of a node to its next. */
export type BeatRest = Omit<Beat, keyof BeatNews>

export const beatNewsSchema: z.ZodType<BeatNews> = z.strictObject({
  sentAt: instant,
  echoes: z.array(z.strictObject({ node: name, incarnation, sentAt: instant, denied: names })).max(1024),
})
export const beatRestSchema: z.ZodType<BeatRest> = z.strictObject({
  type: z.literal('beat'),
  ...sender,
  leaseMs: z.number().positive(),
  voters: names,
  term: count,
  coordinator: name.nullable(),
  commit: count,
  matched: count,
  holds: z.array(holding).max(4096),
  released: z.array(groupEpoch).max(4096),
  promises: z.array(z.strictObject({ group: name, node: name, epoch })).max(4096),
  asks: z.array(groupEpoch).max(4096),
  report,
})
const request = z.strictObject({ type: z.literal('switchover'), group: name, to: z.exactOptional(name) })
const reply = z.discriminatedUnion('ok', [
  z.strictObject({ ok: z.literal(true), group: name, from: name.nullable(), to: name, epoch }),
  z.strictObject({
    ok: z.literal(false),
    code: z.enum(['no-quorum', 'unknown-group', 'not-a-candidate', 'unfit', 'busy', 'timeout']),
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
    entries: z.array(entry),
    commit: count,
  }),
  z.strictObject({ type: z.literal('append-answer'), ...addressed, term: count, ok: z.boolean(), index: count }),
  z.strictObject({ type: z.literal('install-snapshot'), ...addressed, term: count, snapshot }),
  z.strictObject({ type: z.literal('timeout-now'), ...addressed, term: count }),
  z.strictObject({ type: z.literal('request'), ...addressed, id: name, request }),
  z.strictObject({ type: z.literal('reply'), ...addressed, id: name, reply }),
])
