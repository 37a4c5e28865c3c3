import type fc from 'fast-check'

/** Numbers at the edges of what length fields, counters and array indices can hold. */
const edges = [0, 1, 2, 3, 4, 7, 8, 15, 16, 17, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff]

interface Spot {
  readonly at: number
  readonly length: number
  readonly value: number
  readonly token: Uint8Array
}
type Edit = (bytes: Buffer, spot: Spot) => Buffer

const edits: Readonly<Record<string, Edit>> = {
  flip: (bytes, { at, value }) => overwrite(bytes, at, [(bytes[at] ?? 0) ^ (1 << (value & 7))]),
  set: (bytes, { at, value }) => overwrite(bytes, at, [value & 0xff]),
  cut: (bytes, { at }) => bytes.subarray(0, at),
  behead: (bytes, { at }) => bytes.subarray(at),
  remove: (bytes, { at, length }) => Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]),
  double: (bytes, { at, length }) => Buffer.concat([bytes.subarray(0, at + length), bytes.subarray(at)]),
  twice: (bytes) => Buffer.concat([bytes, bytes]),
  insert: (bytes, { at, token }) => Buffer.concat([bytes.subarray(0, at), token, bytes.subarray(at)]),
  replace: (bytes, { at, token }) => overwrite(bytes, at, token),
  number16: (bytes, { at, value }) => overwrite(bytes, at, edgeBytes(value, 2)),
  number32: (bytes, { at, value }) => overwrite(bytes, at, edgeBytes(value, 4)),
  number16big: (bytes, { at, value }) => overwrite(bytes, at, edgeBytes(value, 2).toReversed()),
  number32big: (bytes, { at, value }) => overwrite(bytes, at, edgeBytes(value, 4).toReversed()),
}

function overwrite(bytes: Buffer, at: number, part: Iterable<number>): Buffer {
  const changed = Buffer.from(bytes)
  changed.set([...part].slice(0, Math.max(0, changed.length - at)), Math.min(at, changed.length))
  return changed
}

function edgeBytes(value: number, length: number): number[] {
  const edge = edges[value % edges.length] ?? 0
  return Array.from({ length }, (_, index) => Math.floor(edge / 2 ** (8 * index)) & 0xff)
}

/**
 * Bytes that were once right, with up to six changes: bits flipped, pieces cut off, doubled or left out, numbers put to an edge, words of the
 * format put in where they do not belong.
 */
export function mutatedBytes(fastCheck: typeof fc, seeds: readonly Uint8Array[], tokens: readonly string[] = []): fc.Arbitrary<Uint8Array> {
  const words = [...seeds, ...['\0', '\n', '\r\n', '"', '\ud800', '\u202e', ...tokens].map((token) => Buffer.from(token))]
  const change = fastCheck.record({
    kind: fastCheck.constantFrom(...Object.keys(edits)),
    at: fastCheck.nat({ max: 0xffff }),
    length: fastCheck.nat({ max: 64 }),
    value: fastCheck.nat({ max: 0xff }),
    word: fastCheck.nat({ max: words.length - 1 }),
  })
  const made = fastCheck.tuple(fastCheck.constantFrom(...seeds), fastCheck.array(change, { maxLength: 6 })).map(([seed, changes]) =>
    changes.reduce<Buffer>((bytes, { kind, at, length, value, word }) => {
      const spot = { at: at % (bytes.length + 1), length, value, token: words[word] ?? Buffer.alloc(0) }
      return edits[kind]?.(bytes, spot) ?? bytes
    }, Buffer.from(seed)),
  )
  return fastCheck.oneof({ weight: 9, arbitrary: made }, { weight: 1, arbitrary: fastCheck.uint8Array({ maxLength: 400 }) })
}

/** In the text of a JSON document these become what no value can be written as. */
const marks: Readonly<Record<string, string>> = {
  '"@deep@"': `${'['.repeat(9000)}${']'.repeat(9000)}`,
  '"@deep-map@"': `${'{"a":'.repeat(9000)}0${'}'.repeat(9000)}`,
  '"@huge@"': '1e999',
  '"@digits@"': '9'.repeat(400),
  '"@proto@"': '"__proto__"',
}
const strangeKeys = ['@proto@', 'constructor', 'toString', '', '0', 'length', '\ud800', 'x'.repeat(300), 'type', 'from', 'node']
const strangeValues: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  0.5,
  ...edges,
  2 ** 53 - 1,
  2 ** 53,
  -(2 ** 53),
  1e308,
  5e-324,
  '',
  ' ',
  'a',
  '\n',
  '\0',
  '\ud800',
  '\u202eevil',
  'constructor',
  'x'.repeat(257),
  'é'.repeat(70_000),
  [],
  {},
  [[]],
  [null],
  { toString: 1, valueOf: 1 },
  ...Object.keys(marks).map((mark) => mark.slice(1, -1)),
]

interface Place {
  readonly holder: Record<string, unknown> | unknown[]
  readonly key: string
}
interface Change {
  readonly value: unknown
  readonly key: string
  readonly other: Place
}
type JsonEdit = (place: Place, change: Change) => void

const multipliedMax = 20_000

const jsonEdits: Readonly<Record<string, JsonEdit>> = {
  replace: ({ holder, key }, { value }) => put(holder, key, value),
  remove: ({ holder, key }) => {
    if (Array.isArray(holder)) holder.splice(Number(key), 1)
    else delete holder[key]
  },
  add: ({ holder }, { key, value }) => {
    if (Array.isArray(holder)) holder.push(value)
    else put(holder, key, value)
  },
  /** The same key a second time, with another value. */
  again: ({ holder, key }, { value }) => {
    if (!Array.isArray(holder)) put(holder, `@again@${key}`, value)
  },
  multiply: ({ holder, key }) => {
    // Not of what is large already: a case is to be strange, not slow to make.
    if (!Array.isArray(holder) || JSON.stringify(holder).length > multipliedMax) return
    holder.push(...Array.from({ length: 8 }, () => holder[Number(key)]))
  },
  swap: ({ holder, key }, { other }) => put(holder, key, valueAt(other)),
  wrap: ({ holder, key }) => put(holder, key, [valueAt({ holder, key })]),
}

function valueAt({ holder, key }: Place): unknown {
  const value = (holder as Record<string, unknown>)[key]
  // A copy: a value within itself could not be written.
  return value === undefined ? null : (JSON.parse(JSON.stringify(value)) as unknown)
}

function put(holder: Place['holder'], key: string, value: unknown): void {
  ;(holder as Record<string, unknown>)[key] = value
}

function placesIn(holder: unknown): readonly Place[] {
  if (typeof holder !== 'object' || holder === null) return []
  const own = holder as Record<string, unknown>
  return Object.keys(own).flatMap((key) => [{ holder: own, key }, ...placesIn(own[key])])
}

/**
 * Documents of JSON, one a line, that were once right, with up to four changes of their structure: other values, keys left out, added, doubled
 * or renamed, lists made long, values swapped.
 */
export function mutatedJson(fastCheck: typeof fc, seeds: readonly (readonly unknown[])[]): fc.Arbitrary<Uint8Array> {
  const any = fastCheck.nat({ max: 0xfff })
  const change = fastCheck.record({
    kind: fastCheck.constantFrom(...Object.keys(jsonEdits)),
    at: any,
    other: any,
    key: fastCheck.constantFrom(...strangeKeys),
    value: fastCheck.constantFrom(...strangeValues),
  })
  return fastCheck.tuple(fastCheck.constantFrom(...seeds), fastCheck.array(change, { maxLength: 4 })).map(([seed, changes]) => {
    const lines = JSON.parse(JSON.stringify(seed)) as unknown[]
    for (const { kind, at, other, key, value } of changes) {
      const places = lines.flatMap(placesIn)
      const place = places[at % Math.max(1, places.length)]
      const second = places[other % Math.max(1, places.length)]
      if (place !== undefined && second !== undefined) jsonEdits[kind]?.(place, { value: structuredClone(value), key, other: second })
    }
    return Buffer.from(lines.map(writeStrangely).join('\n'))
  })
}

function writeStrangely(line: unknown): string {
  let text = (JSON.stringify(line) ?? 'null').replaceAll('"@again@', '"')
  for (const [mark, meant] of Object.entries(marks)) text = text.replaceAll(mark, meant)
  return text
}
