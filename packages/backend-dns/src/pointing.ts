import { LedEndpoint } from '@movip/core/leading'
import { formatDuration } from '@movip/core/fields'
import type { Backend, BackendContext, Finding } from '@movip/core/backend'
import { lintName } from './lint.ts'
import type { NameShape } from './options.ts'
import { Pointer } from './pointer.ts'
import { textOf } from './records.ts'
import { resolverFindings } from './resolvers.ts'
import type { Store } from './store.ts'

export interface PointingOptions {
  readonly context: BackendContext
  readonly shape: NameShape
  /** Every place that knows the name. */
  readonly stores: readonly Store[]
  /** Those that clients use; null: those of this machine. */
  readonly resolvers: readonly string[] | null
  readonly preflight: (signal: AbortSignal) => Promise<readonly Finding[]>
  readonly close: () => void
}

/** A name that follows the active site, as an endpoint. */
export function createPointing({ context, shape, stores, resolvers, preflight, close }: PointingOptions): Backend {
  const { cluster, group, clock } = context
  const { name, ttlS, known, isOwned } = shape
  // The configuration is refused where a node that may hold the group has none.
  const values = shape.own ?? []
  const wanted = { name, values, ttlS, known, cluster, group, isOwned }
  return new LedEndpoint({
    context,
    name,
    address: null,
    leads: new Pointer({ stores, wanted, clock, wallMs: Date.now }),
    ownInterface: textOf(values),
    settleMs: ttlS * 1000,
    follows: { clientsLagMs: ttlS * 1000, why: `TTL ${formatDuration(ttlS * 1000)}` },
    preflight: async (signal) => [
      ...lintName(shape),
      ...(await preflight(signal)),
      ...(await resolverFindings(shape, resolvers, stores, signal)),
    ],
    close,
  })
}
