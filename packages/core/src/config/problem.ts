/** One thing wrong in a configuration file: where it is, what stands there, what should, and what to do. */
export interface ConfigProblem {
  readonly file: string
  /** From 1. */
  readonly line: number
  /** From 1. */
  readonly column: number
  /** For example `groups.web.endpoints[0].address`; empty for the file itself. */
  readonly path: string
  readonly found: string
  readonly expected: string
  readonly message: string
  readonly fix: string
}

/** All problems of one configuration file at once. */
export class ConfigError extends Error {
  readonly code = 'CONFIG_INVALID'
  readonly problems: readonly ConfigProblem[]

  constructor(problems: readonly ConfigProblem[], options?: ErrorOptions) {
    super(problems.map(formatProblem).join('\n'), options)
    this.name = 'ConfigError'
    this.problems = problems
  }
}

/** One problem as people read it: place first, next step last. */
export function formatProblem(problem: ConfigProblem): string {
  const path = problem.path === '' ? '' : `${problem.path}: `
  return `${problem.file}:${problem.line}:${problem.column}: ${path}${problem.message}\n  next: ${problem.fix}`
}

export type Path = readonly (string | number)[]

/** A path as it is written in messages: `groups.web.endpoints[0]`. */
export function formatPath(path: Path): string {
  return path.map((part, index) => (typeof part === 'number' ? `[${part}]` : index === 0 ? part : `.${part}`)).join('')
}

/** What stands in the file, short enough for a message. */
export function describeFound(value: unknown): string {
  if (value === undefined || value === null) return 'nothing'
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list'
  if (typeof value === 'object') return 'a map'
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? typeof value)
  return text.length > 60 ? `${text.slice(0, 57)}...` : text
}
