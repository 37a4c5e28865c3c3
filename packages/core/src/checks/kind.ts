import type { z } from 'zod'
import type { GroupId, NodeId } from '../model/index.ts'

/** What one probe came to. */
export interface ProbeResult {
  readonly ok: boolean
  /** Why it is bad, for people; of a good one what is worth knowing, or null. */
  readonly reason: string | null
  /** How far this node's data is, as a script tells it. */
  readonly position?: string | number
  /** How far this node's data is behind, as a script tells it. */
  readonly lagMs?: number
  readonly lagBytes?: number
}

/** What a probe may know of its surroundings. */
export interface ProbeContext {
  readonly node: NodeId
  readonly group: GroupId
  /** The interfaces of this machine by the labels of `node.yaml`. */
  readonly interfaces: Readonly<Record<string, string>>
  /** The addresses that the group's endpoints bring to this node; to any node, for what peers try. */
  readonly addresses: readonly string[]
}

/** Tests once. May throw: that is a bad result. Ends soon after the signal. */
export type Probe = (signal: AbortSignal) => Promise<ProbeResult>

/** What a probe takes up while it runs; of each there is only so much at a time. */
export type Means = 'network' | 'files' | 'kernel' | 'program'

/** One kind of check: its options and its probe. */
export interface CheckKind {
  readonly schema: z.ZodType
  readonly means: Means
  /** It can only pass where the group is active. */
  readonly activeOnly: boolean
  /** It runs on nodes that could serve the group and do not, and tells of the one that does. */
  readonly fromPeers: boolean
  /** A probe for options that the schema accepted. */
  open(options: unknown, context: ProbeContext): Probe
}

interface Definition<Options> {
  readonly schema: z.ZodType<Options>
  readonly means: Means
  readonly activeOnly?: boolean
  readonly fromPeers?: boolean
  readonly probe: (options: Options, context: ProbeContext) => Probe
}

/** A kind as the registry holds it, whatever its options are. */
export function defineKind<Options>({ schema, means, activeOnly = false, fromPeers = false, probe }: Definition<Options>): CheckKind {
  return { schema, means, activeOnly, fromPeers, open: (options, context) => probe(schema.parse(options), context) }
}

/** A good result. */
export function good(reason: string | null = null): ProbeResult {
  return { ok: true, reason }
}

/** A bad result, and why. */
export function bad(reason: string): ProbeResult {
  return { ok: false, reason }
}
