import { unknownName } from './cluster-groups.ts'
import { candidateNames, nodeNames, siteNames, siteOf } from './cluster-nodes.ts'
import type { ConfigProblem, Path } from './problem.ts'
import type { Source } from './source.ts'

/** What an endpoint says of places, such as which address a name has at which site. */
export interface PlaceValues {
  /** Where they stand in the options. */
  readonly key: string
  /** Sites, or nodes. */
  readonly names: readonly string[]
}

/** Each is to be of a place that exists, and each node that may hold the endpoint is to have one. */
export function placeValueProblems(group: string, path: Path, { key, names }: PlaceValues, source: Source): readonly ConfigProblem[] {
  const places = [...new Set([...siteNames(source), ...nodeNames(source)])]
  const unknown = names
    .filter((name) => !places.includes(name))
    .map((name) => unknownName('site', name, places, [...path, key, name], source))
  if (unknown.length > 0) return unknown
  const at = source.valueAt([...path, 'at'])
  const holders = candidateNames(group, source).filter((node) => at === undefined || siteOf(node, source) === at)
  const lacking = holders.filter((node) => !names.includes(node) && !names.includes(siteOf(node, source) ?? ''))
  return [...new Set(lacking.map((node) => siteOf(node, source) ?? node))].map((place) =>
    source.problem([...path, key], 'value', {
      expected: 'one for each site that may hold the group',
      message: `there is none for ${place}, whose nodes may hold group ${group}`,
      fix: `add ${place}: and what it is there, or give the group to nodes of other sites alone`,
    }),
  )
}
