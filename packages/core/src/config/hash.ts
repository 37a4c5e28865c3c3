import { createHash } from 'node:crypto'
import type { ClusterSpec } from '../model/index.ts'

/** Names one configuration: the same for equal specs whatever the order of their keys, another for any other. */
export function configHash(spec: ClusterSpec): string {
  return createHash('sha256').update(canonical(spec)).digest('hex').slice(0, 16)
}

/** JSON with sorted keys. Lists keep their order: it means preference. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonical(item ?? null)).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const entries = Object.entries(value).filter(([, item]) => item !== undefined)
  const sorted = entries.toSorted(([left], [right]) => (left < right ? -1 : 1))
  return `{${sorted.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join(',')}}`
}
