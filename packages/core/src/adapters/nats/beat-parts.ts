import { hash } from 'node:crypto'
import type { z } from 'zod'
import { judge } from '../../judge.ts'
import type { Beat } from '../../model/index.ts'
import { fitnessSchema, holdsSchema, promisesSchema, restSchema } from './message-schema.ts'
import type { BeatRest, PartNames } from './message-schema.ts'

/** What of a beat is mostly the same from one to the next, in parts that change for reasons of their own. */
export interface Parts {
  readonly rest: BeatRest
  readonly holds: Beat['holds']
  readonly promises: Beat['promises']
  readonly fitness: Beat['report']['fitness']
}

export const partKinds = ['rest', 'holds', 'promises', 'fitness'] as const
export type PartKind = (typeof partKinds)[number]

/** So many items make a page: of a thousand groups of which one has moved, little is new. */
const itemsOnPage = 64

/** How a part is cut into pages, and put together again. Every page is of the part's own kind. */
interface Form<Part> {
  readonly schema: z.ZodType<Part>
  cut(part: Part): readonly Part[]
  join(pages: readonly Part[]): Part
}

type Forms = { readonly [Kind in PartKind]: Form<Parts[Kind]> }

const forms: Forms = {
  rest: { schema: restSchema, cut: (rest) => [rest], join: ([rest]) => rest as BeatRest },
  holds: { schema: holdsSchema, ...list() },
  promises: { schema: promisesSchema, ...list() },
  fitness: {
    schema: fitnessSchema,
    cut: (fitness) => chunksOf(Object.entries(fitness)).map((chunk) => Object.fromEntries(chunk)),
    join: (pages) => (pages.length === 1 && pages[0] !== undefined ? pages[0] : Object.fromEntries(pages.flatMap(Object.entries))),
  },
}

function list<Item>(): Omit<Form<readonly Item[]>, 'schema'> {
  return { cut: chunksOf, join: (pages) => (pages.length === 1 && pages[0] !== undefined ? pages[0] : pages.flat()) }
}

/** At least one, so that an empty part is told, too. */
function chunksOf<Item>(items: readonly Item[]): readonly (readonly Item[])[] {
  const chunks = Array.from({ length: Math.ceil(items.length / itemsOnPage) }, (_, page) =>
    items.slice(page * itemsOnPage, (page + 1) * itemsOnPage),
  )
  return chunks.length === 0 ? [[]] : chunks
}

/** Everything but what is new in every beat. */
export function partsOf({ from: _from, sentAt: _sentAt, echoes: _echoes, holds, promises, report, ...rest }: Beat): Parts {
  const { fitness, ...reported } = report
  return { rest: { ...rest, report: reported }, holds, promises, fitness }
}

/** The texts of the pages of a part. */
export function pagesOf<Kind extends PartKind>(kind: Kind, part: Parts[Kind]): readonly string[] {
  return (forms[kind] as Form<Parts[Kind]>).cut(part).map((page) => JSON.stringify(page))
}

/** The name of a page: nothing else has it. */
export function nameOf(text: Uint8Array | string): string {
  return hash('sha256', text, 'base64url').slice(0, nameLength)
}

/** 128 bits. */
const nameLength = 22

/** So much is remembered, as bytes on the wire: beats of many nodes of a very large cluster. */
const rememberedBytesMax = 32 * 2 ** 20

/** Pages that were read, each of them once. */
export interface Memory {
  /** The parts of these names, out of what came along or was read before; else the names that are missing, or null where one makes no sense. */
  read(names: PartNames, brought: readonly Uint8Array[]): Parts | Missing | null
}

interface Remembered {
  readonly value: unknown
  readonly bytes: number
  /** How often it was taken from the shelf. */
  reads: number
}

/** So often a part is taken from the shelf while its pages are not: together they are far less than what is remembered. */
const readsWithoutPages = 16

interface Missing {
  readonly missing: readonly string[]
}
type Pages = readonly Remembered[] | Missing | null
type Part = Remembered | Missing | null

/** What was used last stays. */
class Shelf {
  readonly #known = new Map<string, Remembered>()
  #bytes = 0

  get(key: string): Remembered | undefined {
    const found = this.#known.get(key)
    if (found === undefined) return undefined
    found.reads += 1
    this.put(key, found)
    return found
  }

  put(key: string, remembered: Remembered): void {
    this.#bytes += remembered.bytes - (this.#known.get(key)?.bytes ?? 0)
    this.#known.delete(key)
    this.#known.set(key, remembered)
    for (const [oldest, { bytes }] of this.#known) {
      if (this.#bytes <= rememberedBytesMax) break
      this.#known.delete(oldest)
      this.#bytes -= bytes
    }
  }
}

export function createMemory(): Memory {
  const shelf = new Shelf()
  /** undefined: it did not come along. null: it makes no sense. */
  const pageOf = (kind: PartKind, name: string, arrived: () => ReadonlyMap<string, Uint8Array>): Remembered | null | undefined => {
    const known = shelf.get(`${kind} ${name}`)
    if (known !== undefined) return known
    const text = arrived().get(name)
    if (text === undefined) return undefined
    const value = judge<unknown>(forms[kind].schema, parse(text))?.data
    if (value === undefined) return null
    const page = { value, bytes: text.length, reads: 0 }
    shelf.put(`${kind} ${name}`, page)
    return page
  }
  /** Its pages, or the names of those that are missing; null: one makes no sense. */
  const pagesOfPart = (kind: PartKind, names: readonly string[], arrived: () => ReadonlyMap<string, Uint8Array>): Pages => {
    const pages = names.map((name) => pageOf(kind, name, arrived))
    if (pages.includes(null)) return null
    const missing = names.filter((_, at) => pages[at] === undefined)
    return missing.length > 0 ? { missing } : (pages as readonly Remembered[])
  }
  /** A part of which all pages are as they were is the same object: who compares beats need not look into it. */
  const partOf = (kind: PartKind, names: readonly string[], arrived: () => ReadonlyMap<string, Uint8Array>): Part => {
    const key = `${kind} ${names.join(' ')}`
    const known = names.length === 1 ? undefined : shelf.get(key)
    // Its pages stay on the shelf with it: the next part may differ in one of them alone.
    if (known !== undefined && known.reads % readsWithoutPages === 0) for (const name of names) shelf.get(`${kind} ${name}`)
    if (known !== undefined) return known
    const pages = pagesOfPart(kind, names, arrived)
    if (pages === null || 'missing' in pages) return pages
    const [only] = pages
    if (pages.length === 1 && only !== undefined) return only
    const value = (forms[kind] as Form<unknown>).join(pages.map((page) => page.value))
    const part = { value, bytes: key.length + pages.reduce((sum, { bytes }) => sum + bytes, 0), reads: 0 }
    shelf.put(key, part)
    return part
  }
  return {
    read(names, brought) {
      // What is named is looked for by what it says: no sender can pass one thing off as another.
      let arrived: ReadonlyMap<string, Uint8Array> | null = null
      const lookUp = (): ReadonlyMap<string, Uint8Array> => (arrived ??= new Map(brought.map((text) => [nameOf(text), text])))
      const missing: string[] = []
      const parts: Partial<Record<PartKind, unknown>> = {}
      for (const [position, kind] of partKinds.entries()) {
        const part = partOf(kind, names[position] ?? [], lookUp)
        if (part === null) return null
        if ('missing' in part) missing.push(...part.missing)
        else parts[kind] = part.value
      }
      return missing.length > 0 ? { missing } : (parts as unknown as Parts)
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
