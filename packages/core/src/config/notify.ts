import type { ClusterSpec } from '../model/index.ts'
import { notifyTargetOf } from '../notify/schema.ts'
import { groupNames, unknownName } from './cluster-groups.ts'
import { nodeNames } from './cluster-nodes.ts'
import type { ClusterFile } from './cluster-schema.ts'
import type { ConfigProblem } from './problem.ts'
import type { Source } from './source.ts'

/** A configuration that tells nobody anything is written as it was before there was `notify`. */
export function notifyOf({ notify = {} }: ClusterFile): Pick<ClusterSpec, 'notify'> {
  const targets = Object.entries(notify).map(([id, entry]) => notifyTargetOf(id, entry))
  return targets.length === 0 ? {} : { notify: targets }
}

/** Whether the groups and nodes that are named are there. */
export function notifyProblems(source: Source): ConfigProblem[] {
  const notify = source.valueAt(['notify'])
  if (typeof notify !== 'object' || notify === null || Array.isArray(notify)) return []
  return Object.keys(notify).flatMap((target) => [
    ...unknownNames(target, 'groups', 'group', groupNames(source), source),
    ...unknownNames(target, 'nodes', 'node', nodeNames(source), source),
  ])
}

function unknownNames(target: string, key: string, what: string, known: readonly string[], source: Source): ConfigProblem[] {
  const named = source.valueAt(['notify', target, key])
  if (!Array.isArray(named)) return []
  return named.flatMap((name: unknown, index) =>
    typeof name !== 'string' || known.includes(name) ? [] : [unknownName(what, name, known, ['notify', target, key, index], source)],
  )
}
