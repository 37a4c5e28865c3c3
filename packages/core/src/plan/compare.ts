import { isDeepStrictEqual } from 'node:util'
import type { ClusterSpec } from '../model/index.ts'

/** One place at which two configurations differ. */
export interface Difference {
  /** For example `groups.web.endpoints.arp-10.0.0.50/24`: lists whose items have names are told by those. */
  readonly path: string
  readonly kind: 'added' | 'removed' | 'changed'
  /** Absent where it was added. */
  readonly before?: unknown
  /** Absent where it was removed. */
  readonly after?: unknown
}

/** Everything in which two configurations differ, in the order of the first one. */
export function compareSpecs(before: ClusterSpec, after: ClusterSpec): readonly Difference[] {
  return differences('', before, after)
}

/** The differences in one line: the first few by name, the rest by number. */
export function summaryOf(found: readonly Difference[]): string {
  const named = found.slice(0, 3).map(({ path, kind }) => `${path} ${kind}`)
  const more = found.length - named.length
  return found.length === 0 ? 'no change' : `${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

type Named = { readonly id: string }

function differences(path: string, before: unknown, after: unknown): readonly Difference[] {
  if (isDeepStrictEqual(before, after)) return []
  if (before === undefined) return [{ path, kind: 'added', after }]
  if (after === undefined) return [{ path, kind: 'removed', before }]
  if (isNamedList(before) && isNamedList(after)) return [...inFields(path, byName(before), byName(after)), ...inOrder(path, before, after)]
  if (isRecord(before) && isRecord(after)) return inFields(path, before, after)
  return [{ path, kind: 'changed', before, after }]
}

type Fields = Readonly<Record<string, unknown>>

function inFields(path: string, before: Fields, after: Fields): readonly Difference[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((key) => key !== 'id')
  return keys.flatMap((key) => differences(path === '' ? key : `${path}.${key}`, before[key], after[key]))
}

/** What both have, but one after the other. */
function inOrder(path: string, before: readonly Named[], after: readonly Named[]): readonly Difference[] {
  const [first, second] = [before.map(({ id }) => id), after.map(({ id }) => id)]
  const was = first.filter((id) => second.includes(id))
  const is = second.filter((id) => first.includes(id))
  return isDeepStrictEqual(was, is) ? [] : [{ path: `${path} (order)`, kind: 'changed', before: was, after: is }]
}

function byName(list: readonly Named[]): Fields {
  return Object.fromEntries(list.map((item) => [item.id, item]))
}

function isNamedList(value: unknown): value is readonly Named[] {
  return Array.isArray(value) && value.every((item) => isRecord(item) && typeof item['id'] === 'string')
}

function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
