import { Resolver } from 'node:dns/promises'
import type { Finding } from '@movip/core/backend'
import { formatDuration } from '@movip/core/fields'
import type { NameShape } from './options.ts'
import { serverOf } from './options.ts'
import { parseOwnership } from './ownership.ts'
import { normalAll, textOf } from './records.ts'
import type { Held } from './records.ts'
import type { Store } from './store.ts'

const TIMEOUT_MS = 1000
/** Clocks of different machines differ. */
const MARGIN_MS = 5000

/** Whether resolvers keep answers for longer than these say. Of one that does not answer nothing is told: it may be none for this name. */
export async function resolverFindings(
  shape: NameShape,
  resolvers: readonly string[] | null,
  stores: readonly Store[],
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const known = await heldOf(stores, signal)
  if (shape.type === 'CNAME' || known === null || known.values.length === 0) return []
  const places = resolvers?.map((place) => {
    const { host, port } = serverOf(place)
    return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
  })
  const own = new Resolver({ timeout: TIMEOUT_MS, tries: 1 })
  const found = await Promise.all((places ?? own.getServers()).map((place) => ask(place, shape, known)))
  return found.flat()
}

/** As the first place has it that is told of changes, and answers. */
async function heldOf(stores: readonly Store[], signal: AbortSignal): Promise<Held | null> {
  for (const store of stores) {
    if (!store.isWritten) continue
    const held = await store.read(signal).catch(() => null)
    if (held !== null) return held
  }
  return null
}

async function ask(place: string, { name, type, ttlS }: NameShape, known: Held): Promise<readonly Finding[]> {
  const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: 1 })
  resolver.setServers([place])
  const asked = type === 'AAAA' ? resolver.resolve6(name, { ttl: true }) : resolver.resolve4(name, { ttl: true })
  const answers = await asked.catch(() => null)
  if (answers === null || answers.length === 0) return []
  const ttl = formatDuration(ttlS * 1000)
  const longestS = Math.max(...answers.map((answer) => answer.ttl))
  const finding = (message: string): readonly Finding[] => [
    {
      severity: 'warning',
      code: 'DNS_RESOLVER_TTL',
      message: `the resolver ${place} ${message}`,
      fix: 'take its lowest time to keep answers away (unbound: cache-min-ttl: 0), or count with its time instead',
    },
  ]
  if (longestS > (known.ttlS ?? ttlS)) return finding(`keeps ${name} for ${formatDuration(longestS * 1000)}, though its TTL is ${ttl}`)
  const sinceMs = parseOwnership(known.owner[0] ?? '')?.sinceMs
  const values = normalAll(answers.map((answer) => answer.address))
  const isOld = textOf(values) !== textOf(known.values) && sinceMs !== undefined
  if (isOld && Date.now() - sinceMs > ttlS * 1000 + MARGIN_MS)
    return finding(
      `still answers ${textOf(values)} for ${name}, which was changed ${formatDuration(Math.round((Date.now() - sinceMs) / 1000) * 1000)} ago, though its TTL is ${ttl}`,
    )
  return []
}
