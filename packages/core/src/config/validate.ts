import type { z } from 'zod'
import { judge } from '../judge.ts'
import { nearest } from './nearest.ts'
import { describeFound, formatPath } from './problem.ts'
import type { ConfigProblem, Path } from './problem.ts'
import type { Source } from './source.ts'

/** A value that passed, or what is wrong with it. */
export type Checked<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problems: readonly ConfigProblem[] }

/** Nobody reads more of them at once. */
const problemsMax = 100

/**
 * Checks data against a schema; every problem gets its place in the source, `base` being the path of the data. `beside` are keys that may
 * stand in the same map and have been taken out of the data: one of them may be meant.
 */
export function validate<T>(
  schema: z.ZodType<T>,
  data: unknown,
  source: Source,
  base: Path = [],
  beside: readonly string[] = [],
): Checked<T> {
  const known: KnownKeys = new Map()
  const result = judge(schema, data, { error: (issue) => describeIssue(issue, known, issue.inst === schema ? beside : []) })
  if (result === null) return { ok: false, problems: [unjudged(base, source)] }
  if (result.success) return { ok: true, value: result.data }
  return { ok: false, problems: result.error.issues.slice(0, problemsMax).flatMap((issue) => problemsOf(issue, base, source, known)) }
}

function unjudged(path: Path, source: Source): ConfigProblem {
  return source.problem(path, 'value', {
    expected: 'what docs/configuration.md shows',
    message: 'something in here is written as no configuration is',
    fix: 'look for a key such as length that holds a map, and remove it',
  })
}

/** Which keys a strict object knows. Issues are copied on their way up, their list of unknown keys is not. */
type KnownKeys = Map<readonly string[], readonly string[]>

/** Our words for what zod finds wrong. A schema's own message comes before these. */
function describeIssue(issue: z.core.$ZodRawIssue, known: KnownKeys, beside: readonly string[]): string | undefined {
  switch (issue.code) {
    case 'unrecognized_keys': {
      const shape = issue.inst === undefined ? undefined : (issue.inst._zod.def as { shape?: object }).shape
      known.set(issue.keys, [...Object.keys(shape ?? {}), ...beside])
      return undefined
    }
    case 'invalid_type':
      return `expected ${typeWords[issue.expected] ?? issue.expected}`
    case 'invalid_value':
      return issue.values.length === 1 ? `expected ${String(issue.values[0])}` : `expected one of ${issue.values.join(', ')}`
    case 'too_small':
      return `expected ${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}${countWords[issue.origin] ?? ''}`
    case 'too_big':
      return `expected ${issue.inclusive === false ? 'less than' : 'at most'} ${issue.maximum}${countWords[issue.origin] ?? ''}`
    default:
      return undefined
  }
}

const typeWords: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'a map',
  record: 'a map',
  array: 'a list',
}
const countWords: Readonly<Record<string, string>> = { string: ' characters', array: ' entries', record: ' entries' }

function problemsOf(issue: z.core.$ZodIssue, base: Path, source: Source, known: KnownKeys): ConfigProblem[] {
  const path = [...base, ...issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part))]
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.slice(0, problemsMax).map((key) => unknownKey([...path, key], key, known.get(issue.keys) ?? [], source))
    case 'invalid_key':
      return [keyProblem(path, issue.issues[0]?.message ?? issue.message, source)]
    case 'invalid_union':
      return unionProblems(issue, path, source, known)
    default:
      return [valueProblem(path, issue.message, source)]
  }
}

function unknownKey(path: Path, key: string, known: readonly string[], source: Source): ConfigProblem {
  const meant = nearest(key, known)
  const expected = known.length === 0 ? 'no such key' : `one of ${known.join(', ')}`
  return source.problem(path, 'key', {
    found: JSON.stringify(key),
    expected,
    message: `unknown key ${describeFound(key)}${meant === null ? `, expected ${expected}` : `, did you mean "${meant}"?`}`,
    fix: meant === null ? 'remove it' : `write ${meant}`,
  })
}

function keyProblem(path: Path, message: string, source: Source): ConfigProblem {
  const key = describeFound(path.at(-1))
  const expected = withoutExpected(message)
  return source.problem(path, 'key', { found: key, expected, message: `${message}, found ${key}`, fix: `write ${expected}` })
}

function valueProblem(path: Path, message: string, source: Source): ConfigProblem {
  const value = source.valueAt(path)
  const expected = withoutExpected(message)
  if (value === undefined || value === null) {
    return source.problem(path, 'value', {
      expected,
      message: `missing, ${message}`,
      fix: `add ${formatPath(path) || 'the settings'}: ${expected}`,
    })
  }
  const bareNumber = typeof value === 'number' && expected.startsWith('a duration')
  const fix = bareNumber ? `write ${value}ms or ${value}s, whichever is meant` : `write ${expected}`
  return source.problem(path, 'value', { expected, message: `${message}, found ${describeFound(value)}`, fix })
}

/** Of a choice, reports the branch that the person seems to have meant, else all that would do. */
function unionProblems(issue: z.core.$ZodIssueInvalidUnion, path: Path, source: Source, known: KnownKeys): ConfigProblem[] {
  const value = source.valueAt(path)
  const meant = issue.errors.filter((branch) => branch.every((inner) => inner.path.length > 0 || inner.code === 'unrecognized_keys'))
  if (typeof value === 'object' && value !== null && meant[0] !== undefined) {
    return meant[0].flatMap((inner) => problemsOf(inner, path, source, known))
  }
  const choices = issue.errors.flatMap((branch) => branch.map((inner) => withoutExpected(inner.message)))
  return [valueProblem(path, choices.length === 0 ? issue.message : `expected ${[...new Set(choices)].join(', or ')}`, source)]
}

function withoutExpected(message: string): string {
  return message.replace(/^expected /, '')
}
