import { isAlias, isMap, isNode, isPair, isScalar, isSeq, LineCounter, parseDocument, visit } from 'yaml'
import type { Document, Node } from 'yaml'
import { describeFound, formatPath } from './problem.ts'
import type { ConfigProblem, Path } from './problem.ts'

/** A YAML text with the place of everything in it. */
export interface Source {
  readonly file: string
  readonly data: unknown
  /** What is wrong with the YAML itself; when there is any, `data` means nothing. */
  readonly syntax: readonly ConfigProblem[]
  /** What stands at a path; undefined: nothing. */
  valueAt(path: Path): unknown
  /** A problem with the value, or with the key, at a path. A missing thing is placed where it is missing. */
  problem(path: Path, part: 'key' | 'value', about: About): ConfigProblem
}

export interface About {
  readonly message: string
  readonly expected: string
  readonly fix: string
  readonly found?: string
}

const textLengthMax = 1_048_576
const nestingMax = 100
/** What is judged entry by entry, each against all the others, must have an end. */
const entriesMax = 1000

/** Reads YAML text. Never throws: what is wrong is in `syntax`. */
export function parseSource(text: string, file: string): Source {
  const lines = new LineCounter()
  const syntax: ConfigProblem[] = []
  const broken = (offset: number, message: string, fix: string): void => {
    // One mistake can break every line after it in the same way; the first place is the one to look at.
    if (syntax.some((problem) => problem.message === message)) return
    const { line, col } = lines.linePos(offset)
    syntax.push({
      file,
      line: Math.max(1, line),
      column: Math.max(1, col),
      path: '',
      found: 'unreadable YAML',
      expected: 'YAML',
      message,
      fix,
    })
  }
  let document: Document | null = null
  let data: unknown
  const excess = excessOf(text)
  if (excess !== null) {
    broken(0, excess, 'this is hardly a configuration of movip: check the path')
  } else {
    try {
      document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'silent', uniqueKeys: false })
      for (const error of document.errors) broken(error.pos[0], firstLine(error.message), 'correct the YAML at this place')
      for (const { offset, message, fix } of keyProblems(document)) broken(offset, message, fix)
      if (syntax.length === 0) data = document.toJS({ maxAliasCount: 100 })
    } catch (error) {
      // The parser recurses and expands aliases: it gives up on absurd nesting with a RangeError, on an alias bomb with a ReferenceError.
      broken(
        0,
        `the YAML cannot be read: ${firstLine(error instanceof Error ? error.message : String(error))}`,
        'write it with less nesting and fewer aliases',
      )
    }
  }
  const place = (path: Path, part: 'key' | 'value'): { line: number; column: number } => {
    const offset = document === null ? 0 : offsetOf(document, path, part)
    const { line, col } = lines.linePos(offset)
    return { line: Math.max(1, line), column: Math.max(1, col) }
  }
  return {
    file,
    data,
    syntax,
    valueAt: (path) => valueAt(data, path),
    problem: (path, part, about) => ({
      file,
      ...place(path, part),
      path: formatPath(path),
      found: about.found ?? describeFound(valueAt(data, path)),
      expected: about.expected,
      message: about.message,
      fix: about.fix,
    }),
  }
}

/** What no configuration needs, and the parser would take long for; null: nothing. */
function excessOf(text: string): string | null {
  if (text.length > textLengthMax) return 'the file is larger than 1 MiB'
  return isTooDeep(text) ? `lists and maps stand more than ${nestingMax} deep within each other` : null
}

/** Looked at before the text is parsed, because the parser's time grows faster than such a nesting. Brackets in quoted text count, too. */
function isTooDeep(text: string): boolean {
  let depth = 0
  for (const [bracket] of text.matchAll(/[[\]{}]/g)) {
    depth = bracket === '[' || bracket === '{' ? depth + 1 : Math.max(0, depth - 1)
    if (depth > nestingMax) return true
  }
  return new RegExp(`(?:[-?:][ \\t]+){${nestingMax}}`).test(text)
}

interface KeyProblem {
  readonly offset: number
  readonly message: string
  readonly fix: string
}

/**
 * Keys that are looked at before anything else is: the parser's own search for doubled ones takes a time that grows with the square of their
 * number, and one that is itself a map or a list is written out in a length that doubles with each level.
 */
function keyProblems(document: Document): readonly KeyProblem[] {
  const problems: KeyProblem[] = []
  visit(document, {
    Collection: (_, { items, range }) => {
      if (items.length <= entriesMax) return undefined
      problems.push({
        offset: range?.[0] ?? 0,
        message: `more than ${entriesMax} entries in one place`,
        fix: 'this is hardly a configuration of movip: check the path',
      })
      return visit.BREAK
    },
  })
  if (problems.length > 0) return problems
  visit(document, {
    Map: (_, map) => {
      const seen = new Set<string>()
      for (const { key } of map.items) {
        const text = isScalar(key) || key === null ? keyText(key) : null
        const problem = troubleOfKey(text, seen)
        if (problem !== null) problems.push({ offset: startOf(key) ?? startOf(map) ?? 0, ...problem })
        if (text !== null) seen.add(text)
      }
    },
  })
  return problems
}

function troubleOfKey(text: string | null, seen: ReadonlySet<string>): Omit<KeyProblem, 'offset'> | null {
  if (text === null) return { message: 'a key is a plain word here, not a map or a list', fix: 'write a word before the colon' }
  if (seen.has(text)) return { message: 'Map keys must be unique', fix: 'correct the YAML at this place' }
  // Schemas pass this one over in silence, because every object seems to have it.
  if (text === '__proto__') return { message: 'nothing can be called __proto__', fix: 'write another name' }
  return null
}

function valueAt(data: unknown, path: Path): unknown {
  let value = data
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined
    value = (value as Record<string | number, unknown>)[part]
  }
  return value
}

/** Where in the text the deepest existing part of a path stands. */
function offsetOf(document: Document, path: Path, part: 'key' | 'value'): number {
  let node: unknown = document.contents
  let offset = startOf(node) ?? 0
  for (const [depth, step] of path.entries()) {
    if (isAlias(node)) node = node.resolve(document)
    if (isMap(node)) {
      const pair = node.items.find((item) => isPair(item) && keyText(item.key) === String(step))
      if (pair === undefined) return offset
      const last = depth === path.length - 1
      const keyStart = startOf(pair.key) ?? offset
      offset = last && part === 'value' ? (startOf(pair.value) ?? keyStart) : keyStart
      node = pair.value
    } else if (isSeq(node) && typeof step === 'number') {
      node = node.items[step]
      const start = startOf(node)
      if (start === null) return offset
      offset = start
    } else return offset
  }
  return offset
}

function startOf(node: unknown): number | null {
  return isNode(node) ? ((node as Node).range?.[0] ?? null) : null
}

function keyText(key: unknown): string {
  return isNode(key) && 'value' in key ? String(key.value) : String(key)
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0]?.replace(/\s+at line \d+, column \d+:?$/, '') ?? ''
}
