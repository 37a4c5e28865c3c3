import { groupNames, unknownName } from './cluster-groups.ts'
import { nodeNames, siteNames } from './cluster-nodes.ts'
import type { ConfigProblem, Path } from './problem.ts'
import type { Source } from './source.ts'

/** Whether what groups say of each other's places, of sites and of numbers of nodes can be meant. */
export function placementProblems(source: Source): ConfigProblem[] {
  return groupNames(source).flatMap((group) => [
    ...namesProblems(group, ['together'], source),
    ...namesProblems(group, Array.isArray(source.valueAt(['groups', group, 'spread'])) ? ['spread'] : ['spread', 'groups'], source),
    ...siteProblems(group, source),
    ...circleProblems(group, source),
    ...togetherProblems(group, source),
    ...spreadProblems(group, source),
    ...capacityProblems(group, source),
    ...minFitProblems(group, source),
    ...preferProblems(group, source),
  ])
}

/** The names in a list, as far as it is one. */
function namesAt(path: Path, source: Source): readonly string[] {
  const list = source.valueAt(path)
  return Array.isArray(list) ? list.filter((item) => typeof item === 'string') : []
}

function namesProblems(group: string, keys: readonly string[], source: Source): ConfigProblem[] {
  const path: Path = ['groups', group, ...keys]
  const known = groupNames(source)
  return namesAt(path, source).flatMap((other, index, all) => {
    const at = [...path, index]
    if (!known.includes(other))
      return [
        unknownName(
          'group',
          other,
          known.filter((name) => name !== group),
          at,
          source,
        ),
      ]
    if (other !== group && all.indexOf(other) === index) return []
    const message = other === group ? `${group} is named in its own list` : `${other} stands here a second time`
    return [source.problem(at, 'value', { expected: 'each other group once', message, fix: 'remove it' })]
  })
}

function siteProblems(group: string, source: Source): ConfigProblem[] {
  const path: Path = ['groups', group, 'sites']
  const known = siteNames(source)
  return namesAt(path, source).flatMap((site, index, all) => {
    if (!known.includes(site)) return [unknownName('site', site, known, [...path, index], source)]
    if (all.indexOf(site) === index) return []
    const message = `${site} stands here a second time`
    return [source.problem([...path, index], 'value', { expected: 'each site once', message, fix: 'remove one of the two' })]
  })
}

/** Those on whose node a group must be, directly and because of one another. */
function leadersOf(group: string, source: Source): ReadonlySet<string> {
  const found = new Set(namesAt(['groups', group, 'together'], source))
  // A set goes on to what is added to it on the way.
  for (const leader of found) for (const next of namesAt(['groups', leader, 'together'], source)) found.add(next)
  return found
}

function circleProblems(group: string, source: Source): ConfigProblem[] {
  const path: Path = ['groups', group, 'together']
  const named = namesAt(path, source)
  const index = named.findIndex((other) => other !== group && leadersOf(other, source).has(group))
  if (index === -1) return []
  return [
    source.problem([...path, index], 'value', {
      expected: 'a group that does not follow this one',
      message: `${named[index]} must itself be where ${group} is: neither could go first`,
      fix: 'let only one of them name the other; they are together all the same',
    }),
  ]
}

/** Something must keep several leaders on one node, and it must be a node that may hold the group as well. */
function togetherProblems(group: string, source: Source): ConfigProblem[] {
  const path: Path = ['groups', group, 'together']
  const [one = group, other] = headsOf(group, source)
  if (other !== undefined) {
    return [
      source.problem(path, 'value', {
        expected: 'groups that are on one node themselves',
        message: `nothing keeps ${one} and ${other} on one node, so ${group} could not be with both`,
        fix: `write together: [${one}] in ${other}, or name only one of them`,
      }),
    ]
  }
  const shared = candidatesOf(group, source).filter((node) => candidatesOf(one, source).includes(node))
  if (one === group || shared.length > 0 || !groupNames(source).includes(one)) return []
  return [
    source.problem(path, 'value', {
      expected: 'a group that may be held by one of the same nodes',
      message: `no node may hold both ${group} and ${one}`,
      fix: `allow ${group} a node of ${one}`,
    }),
  ]
}

function spreadProblems(group: string, source: Source): ConfigProblem[] {
  const [head = group] = headsOf(group, source)
  const bound = spreadOf(group, source).filter((other) => other !== group && (headsOf(other, source)[0] ?? other) === head)
  return bound.map((other) =>
    source.problem(['groups', group, 'spread'], 'value', {
      found: other,
      expected: 'groups that may be on another node',
      message: `${group} and ${other} must be together and should not be`,
      fix: `remove ${other} from spread, or one of them from together`,
    }),
  )
}

/** Of the groups on whose node a group must be: those that follow nobody themselves. */
function headsOf(group: string, source: Source): readonly string[] {
  return [...leadersOf(group, source)].filter((leader) => namesAt(['groups', leader, 'together'], source).length === 0)
}

function spreadOf(group: string, source: Source): readonly string[] {
  return [...namesAt(['groups', group, 'spread'], source), ...namesAt(['groups', group, 'spread', 'groups'], source)]
}

function candidatesOf(group: string, source: Source): readonly string[] {
  const listed = source.valueAt(['groups', group, 'nodes'])
  return Array.isArray(listed)
    ? namesAt(['groups', group, 'nodes'], source)
    : nodeNames(source).filter((node) => source.valueAt(['nodes', node, 'witness']) !== true)
}

function capacityProblems(group: string, source: Source): ConfigProblem[] {
  const weight = source.valueAt(['groups', group, 'weight']) ?? 1
  const capacities = candidatesOf(group, source).map((node) => source.valueAt(['nodes', node, 'capacity']) ?? Infinity)
  const greatest = Math.max(...capacities.map(Number))
  if (typeof weight !== 'number' || capacities.length === 0 || !(greatest < weight)) return []
  return [
    source.problem(['groups', group, 'weight'], 'value', {
      found: `${weight}`,
      expected: `at most ${greatest}`,
      message: `no node that may hold ${group} bears its weight of ${weight}`,
      fix: 'write a smaller weight, or a greater capacity at one of its nodes',
    }),
  ]
}

function minFitProblems(group: string, source: Source): ConfigProblem[] {
  const path: Path = ['groups', group, 'minFit']
  const wanted = source.valueAt(path)
  const count = candidatesOf(group, source).length
  if (typeof wanted !== 'number' || wanted <= count || count === 0) return []
  return [
    source.problem(path, 'value', {
      expected: `at most ${count}`,
      message: `${wanted} nodes can never be fit, only ${count} may hold ${group}`,
      fix: `write minFit: ${count} or less`,
    }),
  ]
}

/** Only a script tells how current data is, and it must do so where the group is not: that is where it may go. */
function preferProblems(group: string, source: Source): ConfigProblem[] {
  const path: Path = ['groups', group, 'prefer']
  if (source.valueAt(path) !== 'current') return []
  const checks = source.valueAt(['groups', group, 'checks'])
  const names = typeof checks === 'object' && checks !== null ? Object.keys(checks) : []
  const isTelling = (name: string): boolean => {
    const at: Path = ['groups', group, 'checks', name]
    return (source.valueAt([...at, 'type']) ?? name) === 'script' && source.valueAt([...at, 'on']) !== 'active'
  }
  if (names.some(isTelling)) return []
  return [
    source.problem(path, 'value', {
      expected: `a check of ${group} that tells how current data is`,
      message: `no check of ${group} tells how current the data of a node is before the group is there`,
      fix: 'add a check of the type script that says JSON with position, and is not on: active',
    }),
  ]
}
