import { existsSync } from 'node:fs'
import { z } from 'zod'
import { judge } from '../judge.ts'
import { hookSchema } from '../hooks/schema.ts'
import type { ClusterSpec, GroupSpec, ServicePart } from '../model/index.ts'
import { isRunnable } from '../programs/runnable.ts'
import { agentFile } from '../service/ocf-agent.ts'
import { partSpecOf, servicePartSchema } from '../service/schema.ts'
import { groupNames } from './cluster-groups.ts'
import { formatPath } from './problem.ts'
import type { ConfigProblem, Path } from './problem.ts'
import type { About, Source } from './source.ts'

/** A program that a group needs, and where `cluster.yaml` names it. */
interface Program {
  readonly path: Path
  readonly name: string
  /** The OCF agent that it is. */
  readonly agent?: string
}

/** Programs that a group of this node needs and that are not here: they would be missed first when the group moves. */
export function programProblems(source: Source, node: string): ConfigProblem[] {
  return groupNames(source)
    .filter((group) => mayHold(source, group, node))
    .flatMap((group) => [
      ...partPrograms(source, ['groups', group, 'service']),
      ...checkPrograms(source, ['groups', group, 'checks']),
      ...hookPrograms(source, ['groups', group, 'hooks']),
    ])
    .flatMap((program) => lackOf(program).map((about) => source.problem(program.path, 'value', about)))
}

/** The same of a configuration that is not read from a file: one line each. */
export function programsLacking({ groups }: ClusterSpec, node: string): string[] {
  return groups
    .filter(({ nodes }) => nodes.includes(node))
    .flatMap((group) => programsOf(group).map(({ path, ...program }) => ({ ...program, path: ['groups', group.id, ...path] })))
    .flatMap((program) => lackOf(program).map(({ message, fix }) => `${formatPath(program.path)}: ${message}\n  next: ${fix}`))
}

/** Programs that must be on every node that may hold the group. */
export function programsOf({ service = [], checks = [], hooks = [] }: Pick<GroupSpec, 'service' | 'checks' | 'hooks'>): Program[] {
  return [
    ...service.flatMap((part, index) => within(['service', index], programsOfPart(part))),
    ...checks.flatMap(({ id, kind, options }) => within(['checks', id], programsOfCheck(kind, options))),
    ...hooks.flatMap(({ run }, index) => argvAt(['hooks', index, 'run'], run)),
  ]
}

function programsOfPart({ kind, options }: Pick<ServicePart, 'kind' | 'options'>): Program[] {
  switch (kind) {
    case 'command':
      return ['start', 'stop', 'check', 'standby'].flatMap((key) => argvAt(['command', key], options[key]))
    case 'process':
      return argvAt(['process', 'start'], options['start'])
    case 'ocf': {
      const agent = String(options['agent'])
      return [{ path: ['ocf'], name: agentFile(agent), agent }]
    }
    default:
      return []
  }
}

function programsOfCheck(kind: string, { command }: Readonly<Record<string, unknown>>): Program[] {
  return kind === 'script' && typeof command === 'string' ? [{ path: ['command'], name: command }] : []
}

function argvAt(path: Path, argv: unknown): Program[] {
  const name: unknown = Array.isArray(argv) ? argv[0] : undefined
  return typeof name === 'string' ? [{ path, name }] : []
}

function within(at: Path, programs: readonly Program[]): Program[] {
  return programs.map((program) => ({ ...program, path: [...at, ...program.path] }))
}

function mayHold(source: Source, group: string, node: string): boolean {
  const nodes = source.valueAt(['groups', group, 'nodes'])
  return Array.isArray(nodes) ? nodes.includes(node) : source.valueAt(['nodes', node, 'witness']) !== true
}

function partPrograms(source: Source, path: Path): Program[] {
  const service = source.valueAt(path)
  const paths = Array.isArray(service) ? service.map((_, index): Path => [...path, index]) : [path]
  return paths.flatMap((at) => {
    const part = judge(servicePartSchema, source.valueAt(at))
    return part?.success === true ? within(at, programsOfPart(partSpecOf(part.data))) : []
  })
}

function checkPrograms(source: Source, path: Path): Program[] {
  const checks = judge(z.record(z.string(), z.looseObject({ type: z.string().optional() })), source.valueAt(path))
  if (checks?.success !== true) return []
  return Object.entries(checks.data).flatMap(([id, check]) => within([...path, id], programsOfCheck(check.type ?? id, check)))
}

function hookPrograms(source: Source, path: Path): Program[] {
  const hooks = source.valueAt(path)
  if (!Array.isArray(hooks)) return []
  return hooks.flatMap((_, index) => {
    const hook = judge(hookSchema, source.valueAt([...path, index]))
    return hook?.success === true ? argvAt([...path, index, 'run'], hook.data.run) : []
  })
}

/** What is to be said of a program that is not here; nothing: it is. */
function lackOf({ name, agent }: Program): About[] {
  if (agent !== undefined && !existsSync(name)) {
    return [
      {
        expected: 'an OCF agent that is installed here',
        found: agent,
        message: `there is no agent ${agent} (${name})`,
        fix: 'install it (the package resource-agents has most), or correct its name: provider:type',
      },
    ]
  }
  return isRunnable(name).map(({ message, fix }) => ({ found: name, expected: 'a program that can be run here', message, fix }))
}
