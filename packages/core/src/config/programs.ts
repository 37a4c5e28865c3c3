import { existsSync } from 'node:fs'
import { judge } from '../judge.ts'
import { hookSchema } from '../hooks/schema.ts'
import { isRunnable } from '../programs/runnable.ts'
import { agentFile } from '../service/ocf-agent.ts'
import { servicePartSchema } from '../service/schema.ts'
import { groupNames } from './cluster-groups.ts'
import type { ConfigProblem, Path } from './problem.ts'
import type { Source } from './source.ts'

/** Programs that a group of this node needs and that are not here: they would be missed first when the group moves. */
export function programProblems(source: Source, node: string): ConfigProblem[] {
  return groupNames(source)
    .filter((group) => mayHold(source, group, node))
    .flatMap((group) => [...partProblems(source, ['groups', group, 'service']), ...hookProblems(source, ['groups', group, 'hooks'])])
}

function mayHold(source: Source, group: string, node: string): boolean {
  const nodes = source.valueAt(['groups', group, 'nodes'])
  return Array.isArray(nodes) ? nodes.includes(node) : source.valueAt(['nodes', node, 'witness']) !== true
}

function partProblems(source: Source, path: Path): ConfigProblem[] {
  const service = source.valueAt(path)
  const paths = Array.isArray(service) ? service.map((_, index): Path => [...path, index]) : [path]
  return paths.flatMap((at) => {
    const part = judge(servicePartSchema, source.valueAt(at))
    if (part?.success !== true) return []
    const { command, process, ocf } = part.data
    if (ocf !== undefined && !existsSync(agentFile(ocf))) return [missingAgent(source, [...at, 'ocf'], ocf)]
    return [
      ...(command === undefined
        ? []
        : (['start', 'stop', 'check', 'standby'] as const).flatMap((key) => missing(source, [...at, 'command', key], command[key] ?? []))),
      ...(process === undefined ? [] : missing(source, [...at, 'process', 'start'], process.start)),
    ]
  })
}

function hookProblems(source: Source, path: Path): ConfigProblem[] {
  const hooks = source.valueAt(path)
  if (!Array.isArray(hooks)) return []
  return hooks.flatMap((_, index) => {
    const hook = judge(hookSchema, source.valueAt([...path, index]))
    return hook?.success === true ? missing(source, [...path, index, 'run'], hook.data.run) : []
  })
}

function missing(source: Source, path: Path, [name]: readonly string[]): ConfigProblem[] {
  if (name === undefined) return []
  return isRunnable(name).map(({ message, fix }) =>
    source.problem(path, 'value', { found: name, expected: 'a program that can be run here', message, fix }),
  )
}

function missingAgent(source: Source, path: Path, agent: string): ConfigProblem {
  return source.problem(path, 'value', {
    expected: 'an OCF agent that is installed here',
    message: `there is no agent ${agent} (${agentFile(agent)})`,
    fix: 'install it (the package resource-agents has most), or correct its name: provider:type',
  })
}
