import type { CheckSpec } from '../model/index.ts'
import type { CheckEntry } from './check-schema.ts'
import type { ConfigProblem, Path } from './problem.ts'
import type { Source } from './source.ts'

/** A check that restarts nothing is written as it was before any could. */
export function restartOf({ restart }: CheckEntry): Pick<CheckSpec, 'restart'> {
  return restart === undefined ? {} : { restart: { max: restart.max, withinMs: restart.within } }
}

/** Only a service can be restarted, and only where it runs. */
export function restartProblems({ restart, on }: CheckEntry, path: Path, source: Source): ConfigProblem[] {
  if (restart === undefined) return []
  const at = [...path, 'restart']
  if (source.valueAt([...path.slice(0, 2), 'service']) === undefined) {
    return [
      source.problem(at, 'key', {
        expected: 'a service beside the checks',
        message: 'there is nothing to restart: the group has no service',
        fix: 'write the service of the group, or remove restart',
      }),
    ]
  }
  if (on !== 'standby') return []
  return [
    source.problem(at, 'key', {
      expected: 'on: active or on: both',
      message: 'a service runs only where the group is active',
      fix: 'write on: active, or remove restart',
    }),
  ]
}
