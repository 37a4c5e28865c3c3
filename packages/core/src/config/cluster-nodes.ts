import { addressProblems } from './addresses.ts'
import type { ConfigProblem } from './problem.ts'
import type { Source } from './source.ts'

const votersMax = 7

/** Names of everything under `nodes`, right or wrong inside, in the order of the file. */
export function nodeNames(source: Source): readonly string[] {
  const nodes = source.valueAt(['nodes'])
  return typeof nodes === 'object' && nodes !== null && !Array.isArray(nodes) ? Object.keys(nodes) : []
}

/** Sites that the nodes name. */
export function siteNames(source: Source): readonly string[] {
  return [
    ...new Set(
      nodeNames(source)
        .map((node) => source.valueAt(['nodes', node, 'site']))
        .filter((site) => typeof site === 'string'),
    ),
  ]
}

/** Where a node is; undefined: it does not say so. */
export function siteOf(node: string, source: Source): string | undefined {
  const site = source.valueAt(['nodes', node, 'site'])
  return typeof site === 'string' ? site : undefined
}

/** Nodes that may hold a group: those that it lists, or all but witnesses. */
export function candidateNames(group: string, source: Source): readonly string[] {
  const listed = source.valueAt(['groups', group, 'nodes'])
  return nodeNames(source).filter((node) =>
    Array.isArray(listed) ? listed.includes(node) : source.valueAt(['nodes', node, 'witness']) !== true,
  )
}

/** What the nodes must be together: a sound number of voters, one address each, somebody who can hold. */
export function nodeProblems(source: Source): ConfigProblem[] {
  const names = nodeNames(source)
  const nodes = source.valueAt(['nodes'])
  if (typeof nodes === 'object' && nodes !== null && !Array.isArray(nodes) && names.length === 0) {
    return [
      source.problem(['nodes'], 'key', {
        found: 'no nodes',
        expected: 'at least one node',
        message: 'a cluster without nodes',
        fix: 'add the nodes, each with its site and address',
      }),
    ]
  }
  return [...voterProblems(names, source), ...witnessProblems(names, source), ...addressProblems(names, source)]
}

function voterProblems(names: readonly string[], source: Source): ConfigProblem[] {
  const voters = names.filter((node) => source.valueAt(['nodes', node, 'voter']) !== false)
  const report = (expected: string, message: string, fix: string): ConfigProblem[] => [
    source.problem(['nodes'], 'key', { found: `${voters.length} voters`, expected, message, fix }),
  ]
  if (voters.length === 0 && names.length > 0) {
    return report('1, 3, 5 or 7 voters', 'no node has a vote, so nothing can be decided', 'remove voter: false from three nodes')
  }
  if (voters.length === 2) {
    return report(
      '1, 3, 5 or 7 voters',
      'two voters cannot tell a dead partner from a cut cable: the loss of either would stop both',
      'add a third voice: a node at a third place, with witness: true if it is never to hold a group; movip init --witness sets it up, without root',
    )
  }
  if (voters.length > votersMax) {
    return report(
      `at most ${votersMax} voters`,
      `${voters.length} voters make every decision slow without making it safer`,
      `write voter: false at ${voters.length - votersMax} or more of the nodes; they can still hold groups`,
    )
  }
  return []
}

function witnessProblems(names: readonly string[], source: Source): ConfigProblem[] {
  const problems = names
    .filter((node) => source.valueAt(['nodes', node, 'witness']) === true && source.valueAt(['nodes', node, 'voter']) === false)
    .map((node) =>
      source.problem(['nodes', node, 'voter'], 'value', {
        expected: 'true',
        message: 'a witness without a vote would do nothing at all',
        fix: 'remove voter: false or witness: true',
      }),
    )
  if (names.length > 0 && names.every((node) => source.valueAt(['nodes', node, 'witness']) === true)) {
    problems.push(
      source.problem(['nodes'], 'key', {
        found: 'witnesses only',
        expected: 'a node that may hold groups',
        message: 'every node is a witness, so nobody could hold a group',
        fix: 'remove witness: true from at least one node',
      }),
    )
  }
  return problems
}
