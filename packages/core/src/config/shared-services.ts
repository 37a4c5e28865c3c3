import { judge } from '../judge.ts'
import { partSpecOf, servicePartSchema } from '../service/schema.ts'
import { groupNames } from './cluster-groups.ts'
import { nodeNames } from './cluster-nodes.ts'
import type { ConfigProblem, Path } from './problem.ts'
import type { Source } from './source.ts'

/** What one part of a group's service starts. */
interface Use {
  readonly group: string
  readonly path: Path
  readonly id: string
  /** What there is only one of on a machine, in words: `the unit nginx.service`. */
  readonly thing: string
}

/**
 * Where two groups start the same thing on the same node, the move of one of them stops it under the other. What a command or an OCF agent
 * starts cannot be seen from here: both may go by the name of their group.
 */
export function sharedServiceProblems(source: Source): ConfigProblem[] {
  const owners = new Map<string, Use[]>()
  return groupNames(source).flatMap((group) =>
    usesOf(group, source).flatMap((use) => {
      const others = owners.get(use.thing) ?? []
      owners.set(use.thing, [...others, use])
      for (const other of others) {
        const problem = problemBetween(use, other, source)
        if (problem !== null) return [problem]
      }
      return []
    }),
  )
}

function problemBetween({ group, path, id, thing }: Use, other: Use, source: Source): ConfigProblem | null {
  if (other.group === group) {
    // Parts that have the same name, too, are told of as such.
    if (other.id === id) return null
    const message = `${thing} stands twice in the service of group ${group}`
    return source.problem(path, 'value', { expected: 'each thing once', message, fix: 'remove one of the two' })
  }
  const own = holdersOf(group, source)
  const common = holdersOf(other.group, source).find((node) => own.includes(node))
  if (common === undefined) return null
  return source.problem(path, 'value', {
    expected: 'a service of its own',
    message: `group ${other.group} starts ${thing}, too, and both may be on ${common}: when one moves, it stops it under the other`,
    fix: 'put the endpoints of both into one group, or let neither start it, and test it with a check',
  })
}

function usesOf(group: string, source: Source): readonly Use[] {
  const path: Path = ['groups', group, 'service']
  const written = source.valueAt(path)
  const parts: readonly (readonly [Path, unknown])[] = Array.isArray(written)
    ? written.map((part: unknown, index) => [[...path, index], part])
    : [[path, written]]
  return parts.flatMap(([at, part]) => {
    const entry = judge(servicePartSchema, part)
    if (entry?.success !== true) return []
    const thing = thingOf(entry.data)
    return thing === null ? [] : [{ group, path: at, id: partSpecOf(entry.data).id, thing }]
  })
}

function thingOf({ systemd, process }: ReturnType<typeof servicePartSchema.parse>): string | null {
  if (systemd !== undefined) return `the unit ${systemd}`
  if (process === undefined) return null
  return process.pidfile === undefined ? `the process ${process.name ?? ''}` : `the process of ${process.pidfile}`
}

/** The nodes that may hold the group. */
function holdersOf(group: string, source: Source): readonly string[] {
  const listed = source.valueAt(['groups', group, 'nodes'])
  if (Array.isArray(listed)) return listed.filter((node) => typeof node === 'string')
  return nodeNames(source).filter((node) => source.valueAt(['nodes', node, 'witness']) !== true)
}
