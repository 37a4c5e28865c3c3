import { isIP } from 'node:net'

export const RECORD_TYPES = ['A', 'AAAA', 'CNAME'] as const
export type RecordType = (typeof RECORD_TYPES)[number]

/** What one place knows of a name. */
export interface Held {
  /** Of one type, sorted, as `normal` writes them; none: the name has no such record. */
  readonly values: readonly string[]
  /** null: there is no record. */
  readonly ttlS: number | null
  /** Texts of the record that says whose the name is; none: there is no such record. */
  readonly owner: readonly string[]
}

/** Which type these values are of; null: of none, or of several. */
export function typeOf(values: readonly string[]): RecordType | null {
  const types = new Set(values.map((value) => [null, 'A', 'AAAA'][[0, 4, 6].indexOf(isIP(value))] ?? null))
  const [type = null] = types
  if (types.size !== 1) return null
  if (type === 'A' || type === 'AAAA') return type
  return values.every(isHostName) ? 'CNAME' : null
}

/** A name in DNS, with or without a dot at its end. */
export function isHostName(text: string): boolean {
  return /^(?=.{1,253}$)(?![\d.]+$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.?$/i.test(text)
}

/** Names and addresses are written in many ways; this is one. */
export function normal(value: string): string {
  if (isIP(value) === 6) return new URL(`http://[${value}]`).hostname.slice(1, -1)
  return value.toLowerCase().replace(/\.$/, '')
}

export function normalAll(values: readonly string[]): readonly string[] {
  return values.map(normal).toSorted()
}

/** Several values as one text, by which they are compared and told of. */
export const textOf = (values: readonly string[]): string => values.join(', ')
