import { hash } from 'node:crypto'
import type { z } from 'zod'
import { judge } from '../../judge.ts'
import type { Beat } from '../../model/index.ts'
import { fitnessSchema, holdsSchema, promisesSchema, restSchema } from './message-schema.ts'
import type { BeatRest } from './message-schema.ts'

/** What of a beat is mostly the same from one to the next, in parts that change for reasons of their own. */
export interface Parts {
  readonly rest: BeatRest
  readonly holds: Beat['holds']
  readonly promises: Beat['promises']
  readonly fitness: Beat['report']['fitness']
}

export const partNames = ['rest', 'holds', 'promises', 'fitness'] as const
export type PartName = (typeof partNames)[number]

const schemas: { readonly [Name in PartName]: z.ZodType<Parts[Name]> } = {
  rest: restSchema,
  holds: holdsSchema,
  promises: promisesSchema,
  fitness: fitnessSchema,
}

/** Everything but what is new in every beat. */
export function partsOf({ from: _from, sentAt: _sentAt, echoes: _echoes, holds, promises, report, ...rest }: Beat): Parts {
  const { fitness, ...reported } = report
  return { rest: { ...rest, report: reported }, holds, promises, fitness }
}

/** The name of a part: nothing else has it. */
export function nameOf(text: Uint8Array | string): string {
  return hash('sha256', text, 'base64url').slice(0, nameLength)
}

/** 128 bits. */
const nameLength = 22

/** So much is remembered, as bytes on the wire: beats of many nodes of a very large cluster. */
const rememberedBytesMax = 32 * 2 ** 20

/** Parts that were read, each of them once. */
export interface Memory {
  /** The parts of these names, one of each kind, out of what came along or was read before; else the names that are missing, or null where one makes no sense. */
  read(names: readonly string[], brought: readonly Uint8Array[]): Parts | { readonly missing: readonly string[] } | null
}

interface Remembered {
  readonly value: Parts[PartName]
  readonly bytes: number
}

export function createMemory(): Memory {
  // In the order in which they were used last.
  const known = new Map<string, Remembered>()
  let bytes = 0
  const remember = (key: string, part: Remembered): void => {
    const before = known.get(key)
    known.delete(key)
    known.set(key, part)
    bytes += part.bytes - (before?.bytes ?? 0)
    for (const [oldest, { bytes: freed }] of known) {
      if (bytes <= rememberedBytesMax) break
      known.delete(oldest)
      bytes -= freed
    }
  }
  /** undefined: it did not come along. */
  const take = <Name extends PartName>(
    kind: Name,
    name: string,
    arrived: ReadonlyMap<string, Uint8Array>,
  ): Parts[Name] | null | undefined => {
    const key = `${kind} ${name}`
    const before = known.get(key)
    if (before !== undefined) {
      remember(key, before)
      return before.value as Parts[Name]
    }
    const text = arrived.get(name)
    if (text === undefined) return undefined
    const value = judge(schemas[kind], parse(text))?.data ?? null
    if (value !== null) remember(key, { value, bytes: text.length })
    return value
  }
  return {
    read(names, brought) {
      const isKnown = names.every((name, position) => known.has(`${partNames[position]} ${name}`))
      // What is named is looked for by what it says: no sender can pass one thing off as another.
      const arrived = new Map(isKnown ? [] : brought.map((text) => [nameOf(text), text]))
      const [rest, holds, promises, fitness] = names
      if (rest === undefined || holds === undefined || promises === undefined || fitness === undefined) return null
      const parts = {
        rest: take('rest', rest, arrived),
        holds: take('holds', holds, arrived),
        promises: take('promises', promises, arrived),
        fitness: take('fitness', fitness, arrived),
      }
      if (Object.values(parts).includes(null)) return null
      const missing = names.filter((_, position) => parts[partNames[position] ?? 'rest'] === undefined)
      return missing.length > 0 ? { missing } : (parts as Parts)
    },
  }
}

const textDecoder = new TextDecoder('utf-8', { fatal: true })

/** undefined: it is no JSON. */
export function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(textDecoder.decode(bytes))
  } catch {
    return undefined
  }
}
