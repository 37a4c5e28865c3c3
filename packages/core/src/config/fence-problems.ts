import { fenceDeviceSchema } from '../fence/schema.ts'
import { judge } from '../judge.ts'
import { groupNames } from './cluster-groups.ts'
import { nodeNames } from './cluster-nodes.ts'
import type { ConfigProblem, Path } from './problem.ts'
import type { Source } from './source.ts'

/** Parameters that hold a password, but not those that name a program which tells it. */
const telling = /passw|passphrase|secret|token|private_key|community|^kg$/i
const harmless = /_script$|_file$/i

/** Whether all can be fenced that would have to be, and nothing is said here that everybody may not read. */
export function fenceProblems(source: Source): ConfigProblem[] {
  return [
    ...nodeNames(source).flatMap((node) => deviceProblems(node, source)),
    ...groupNames(source).flatMap((group) => lackProblems(group, source)),
  ]
}

function deviceProblems(node: string, source: Source): ConfigProblem[] {
  const path: Path = ['nodes', node, 'fence']
  const fence = source.valueAt(path)
  const paths = Array.isArray(fence) ? fence.map((_, index): Path => [...path, index]) : [path]
  return paths.flatMap((at) => {
    const device = judge(fenceDeviceSchema, source.valueAt(at))
    if (device?.success !== true) return []
    const { options, secrets } = device.data
    return Object.keys(options).flatMap((key) => optionProblems(source, [...at, 'options', key], key, Object.hasOwn(secrets, key)))
  })
}

function optionProblems(source: Source, path: Path, key: string, isSecret: boolean): ConfigProblem[] {
  const report = (expected: string, message: string, fix: string): ConfigProblem[] => [
    source.problem(path, 'key', { found: key, expected, message, fix }),
  ]
  if (key === 'action')
    return report('action beside options', 'what is asked of the agent is no option', 'write action: off or action: reboot beside agent')
  if (isSecret) return report('each parameter once', `${key} stands under secrets as well`, 'remove one of the two')
  if (!telling.test(key) || harmless.test(key)) return []
  const fix = `write secrets: { ${key}: <name> }, and in the node.yaml of the others fence: { secrets: { <name>: <file> } }`
  return report(`${key} under secrets`, `${key} would be readable for everybody who may see the configuration`, fix)
}

function lackProblems(group: string, source: Source): ConfigProblem[] {
  const path: Path = ['groups', group, 'fence']
  if (source.valueAt(path) === undefined) return []
  const listed = source.valueAt(['groups', group, 'nodes'])
  const holders = nodeNames(source).filter((node) =>
    Array.isArray(listed) ? listed.includes(node) : source.valueAt(['nodes', node, 'witness']) !== true,
  )
  const unfenced = holders.filter((node) => source.valueAt(['nodes', node, 'fence']) === undefined)
  if (unfenced.length === 0) return []
  return [
    source.problem(path, 'value', {
      expected: 'a fence for each node that may hold the group',
      message: `${unfenced.join(' and ')} may hold ${group}, and nothing says how to switch ${unfenced.length === 1 ? 'it' : 'them'} off`,
      fix: `add it under nodes.${unfenced[0]}: fence: { agent: fence_ipmilan, options: { ip: ... } }`,
    }),
  ]
}
