import { judge } from '../judge.ts'
import { partSpecOf, servicePartSchema } from '../service/schema.ts'
import { candidateNames, nodeNames, siteOf } from './cluster-nodes.ts'
import { nearest } from './nearest.ts'
import { describeFound } from './problem.ts'
import type { ConfigProblem, Path } from './problem.ts'
import type { Source } from './source.ts'

/** Names of everything under `groups`, right or wrong inside, in the order of the file. */
export function groupNames(source: Source): readonly string[] {
  const groups = source.valueAt(['groups'])
  return typeof groups === 'object' && groups !== null && !Array.isArray(groups) ? Object.keys(groups) : []
}

/** Whether every group names nodes that exist, once each, and that may hold it. */
export function groupProblems(source: Source): ConfigProblem[] {
  return groupNames(source).flatMap((group) => [
    ...candidateProblems(group, source),
    ...coverageProblems(group, source),
    ...serviceProblems(group, source),
  ])
}

function candidateProblems(group: string, source: Source): ConfigProblem[] {
  const path: Path = ['groups', group, 'nodes']
  const nodes = source.valueAt(path)
  if (!Array.isArray(nodes)) return []
  if (nodes.length === 0) {
    return [
      source.problem(path, 'value', {
        expected: 'at least one node',
        message: 'a group without nodes is never served',
        fix: 'name the nodes that may hold it, or remove the line to allow all',
      }),
    ]
  }
  const known = nodeNames(source)
  return nodes.flatMap((node: unknown, index) => {
    if (typeof node !== 'string') return []
    const at = [...path, index]
    if (!known.includes(node)) return [unknownName('node', node, known, at, source)]
    if (nodes.indexOf(node) !== index) {
      return [
        source.problem(at, 'value', {
          expected: 'each node once',
          message: `${node} stands here a second time`,
          fix: 'remove one of the two',
        }),
      ]
    }
    if (source.valueAt(['nodes', node, 'witness']) === true) {
      return [
        source.problem(at, 'value', {
          expected: 'a node that is no witness',
          message: `${node} is a witness and never holds a group`,
          fix: `remove ${node} from the list, or witness: true from the node`,
        }),
      ]
    }
    return []
  })
}

/** A node that may hold the group must have an endpoint to claim there, else the group would be "served" without traffic. */
function coverageProblems(group: string, source: Source): ConfigProblem[] {
  const endpoints = source.valueAt(['groups', group, 'endpoints'])
  if (!Array.isArray(endpoints) || endpoints.length === 0) return []
  const sites = new Set(endpoints.map((_, index) => source.valueAt(['groups', group, 'endpoints', index, 'at'])))
  if (sites.has(undefined)) return []
  return candidateNames(group, source).flatMap((node) => {
    const site = siteOf(node, source)
    if (site === undefined || sites.has(site)) return []
    return [
      source.problem(['groups', group, 'endpoints'], 'key', {
        found: `none at ${site}`,
        expected: `an endpoint at ${site}`,
        message: `${node} may hold the group, but no endpoint applies at its site ${site}`,
        fix: `add an endpoint with at: ${site}, or leave ${node} out of the group's nodes`,
      }),
    ]
  })
}

/** Parts of one service are told apart by what they start. */
function serviceProblems(group: string, source: Source): ConfigProblem[] {
  const path: Path = ['groups', group, 'service']
  const parts = source.valueAt(path)
  if (!Array.isArray(parts)) return []
  const ids = parts.map((_, index) => {
    const part = judge(servicePartSchema, source.valueAt([...path, index]))
    return part?.success === true ? partSpecOf(part.data).id : null
  })
  return ids.flatMap((id, index) =>
    id === null || ids.indexOf(id) === index
      ? []
      : [
          source.problem([...path, index], 'value', {
            found: id,
            expected: 'each part once',
            message: `the part ${id} stands twice in the service of group ${group}`,
            fix: 'remove one of the two, or give it a name of its own, such as name: data',
          }),
        ],
  )
}

/** A name that refers to nothing, with the nearest that would. */
export function unknownName(what: string, found: string, known: readonly string[], path: Path, source: Source): ConfigProblem {
  const meant = nearest(found, known)
  const expected = known.length === 0 ? `a ${what}` : `one of ${known.join(', ')}`
  return source.problem(path, 'value', {
    expected,
    message: `there is no ${what} ${describeFound(found)}${meant === null ? `, expected ${expected}` : `, did you mean "${meant}"?`}`,
    fix: meant === null ? `write ${expected}` : `write ${meant}`,
  })
}
