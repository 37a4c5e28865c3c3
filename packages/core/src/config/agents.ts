import type { ClusterSpec } from '../model/index.ts'
import type { Metadata } from '../service/ocf-metadata.ts'
import { describeAgent, parameterFaults } from '../service/ocf-parameters.ts'
import type { ParameterFault } from '../service/ocf-parameters.ts'
import { kindOptions } from '../service/schema.ts'
import { formatPath } from './problem.ts'
import type { ConfigProblem, Path } from './problem.ts'
import { parseSource } from './source.ts'

interface Fault extends ParameterFault {
  /** Of the part of the service, in the configuration. */
  readonly group: string
  readonly index: number
}

/** What the OCF agents of this node have against their parameters in `cluster.yaml`: the group would be stopped for a start that cannot work. */
export async function agentProblems(spec: ClusterSpec, node: string, text: string, file: string): Promise<readonly ConfigProblem[]> {
  const faults = await faultsIn(spec, node)
  if (faults.length === 0) return []
  const source = parseSource(text, file)
  return faults.map(({ group, index, name, value, expected, message, fix }) => {
    const service: Path = ['groups', group, 'service']
    const part = Array.isArray(source.valueAt(service)) ? [...service, index] : service
    const about = { expected, message, fix, ...(value === null ? {} : { found: name }) }
    return value === null ? source.problem(part, 'value', about) : source.problem([...part, 'parameters', name], 'key', about)
  })
}

/** The same of a configuration that is not read from a file: one line each. */
export async function agentsRefusing(spec: ClusterSpec, node: string): Promise<readonly string[]> {
  const faults = await faultsIn(spec, node)
  return faults.map(({ group, index, message, fix }) => `${formatPath(['groups', group, 'service', index])}: ${message}\n  next: ${fix}`)
}

async function faultsIn({ groups }: ClusterSpec, node: string): Promise<readonly Fault[]> {
  const parts = groups
    .filter(({ nodes }) => nodes.includes(node))
    .flatMap(({ id, service = [] }) => service.map((part, index) => ({ group: id, index, part })))
    .filter(({ part }) => part.kind === 'ocf')
  const described = new Map<string, Metadata | null>()
  const faults: Fault[] = []
  // One after the other, and each agent once: they are programs, and a configuration may name very many.
  for (const { group, index, part } of parts) {
    const { everyMs: _every, restarts: _restarts, ...options } = part.options
    const given = kindOptions.ocf.parse(options)
    if (!described.has(given.agent)) described.set(given.agent, await describeAgent(given.agent))
    const metadata = described.get(given.agent) ?? null
    if (metadata !== null) faults.push(...parameterFaults(given, metadata).map((fault) => ({ ...fault, group, index })))
  }
  return faults
}
