import { checkKinds } from '../checks/kinds.ts'
import { judge } from '../judge.ts'
import type { CheckSpec } from '../model/index.ts'
import { groupNames, unknownName } from './cluster-groups.ts'
import { restartOf, restartProblems } from './check-restart.ts'
import { addressProblems, roleOf, roleProblems } from './check-role.ts'
import { checkEntrySchema } from './check-schema.ts'
import type { CheckEntry } from './check-schema.ts'
import { formatDuration } from './fields.ts'
import { nearest } from './nearest.ts'
import type { ConfigProblem, Path } from './problem.ts'
import type { Source } from './source.ts'
import { validate } from './validate.ts'

/** What holds for a check that does not say otherwise. A timeout is never longer than the period. */
const defaults = { everyMs: 2000, timeoutMs: 1000, rise: 2, fall: 3, graceMs: 10_000 } as const

/** Every check with the schema of its kind, by group. */
export function checksOf(source: Source): {
  readonly checked: ReadonlyMap<string, readonly CheckSpec[]>
  readonly problems: readonly ConfigProblem[]
} {
  const checked = new Map<string, CheckSpec[]>()
  const problems: ConfigProblem[] = []
  for (const group of groupNames(source)) {
    const checks = source.valueAt(['groups', group, 'checks'])
    const names = typeof checks === 'object' && checks !== null && !Array.isArray(checks) ? Object.keys(checks) : []
    for (const name of names) {
      const result = checkCheck(name, ['groups', group, 'checks', name], source)
      if (Array.isArray(result)) problems.push(...result)
      else checked.set(group, [...(checked.get(group) ?? []), result])
    }
  }
  return { checked, problems }
}

function checkCheck(id: string, path: Path, source: Source): CheckSpec | ConfigProblem[] {
  const entry = judge(checkEntrySchema, source.valueAt(path))
  // The shape of the whole file was checked already and has reported this.
  if (entry?.success !== true) return []
  const { type, on, every, timeout, rise, fall, grace, restart: _, ...options } = entry.data
  const kindName = type ?? id
  const kind = checkKinds.get(kindName)
  if (kind === undefined) return [unknownKind(kindName, type === undefined ? path : [...path, 'type'], source)]
  const accepted = validate(kind.schema, options, source, path, Object.keys(checkEntrySchema.shape))
  const placed = { kind, kindName, entry: entry.data, path }
  const problems = [
    ...timingProblems(entry.data, path, source),
    ...roleProblems(placed, source),
    ...addressProblems(placed, source),
    ...restartProblems(entry.data, path, source),
  ]
  if (!accepted.ok) return [...problems, ...accepted.problems]
  if (problems.length > 0) return problems
  const everyMs = every ?? defaults.everyMs
  return {
    id,
    kind: kindName,
    on: on ?? roleOf(placed, source),
    everyMs,
    timeoutMs: timeout ?? Math.min(defaults.timeoutMs, everyMs),
    rise: rise ?? defaults.rise,
    fall: fall ?? defaults.fall,
    graceMs: grace ?? defaults.graceMs,
    ...restartOf(entry.data),
    options: accepted.value as Readonly<Record<string, unknown>>,
  }
}

function unknownKind(name: string, path: Path, source: Source): ConfigProblem {
  const kinds = [...checkKinds.keys()]
  if (path.at(-1) === 'type') return unknownName('kind of check', name, kinds, path, source)
  const meant = nearest(name, kinds)
  return source.problem([...path, 'type'], 'value', {
    expected: `one of ${kinds.join(', ')}`,
    message: `missing, because "${name}" is no kind of check by itself`,
    fix: `${meant === null ? '' : `call it ${meant}, or `}add type: one of ${kinds.join(', ')}`,
  })
}

/** A probe that may take longer than the period would never keep it. */
function timingProblems({ every, timeout }: CheckEntry, path: Path, source: Source): ConfigProblem[] {
  const everyMs = every ?? defaults.everyMs
  if (timeout === undefined || timeout <= everyMs) return []
  const period = formatDuration(everyMs)
  return [
    source.problem([...path, 'timeout'], 'value', {
      expected: `at most ${period}`,
      message: `a timeout of ${formatDuration(timeout)} is longer than the ${period} from one probe to the next`,
      fix: `write timeout: ${period} or less, or every: ${formatDuration(timeout)} or more`,
    }),
  ]
}
