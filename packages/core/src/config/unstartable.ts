import type { ClusterSpec, ServicePart } from '../model/index.ts'
import type { Metadata } from '../service/ocf-metadata.ts'
import { describeAgent, parameterFaults } from '../service/ocf-parameters.ts'
import { kindOptions } from '../service/schema.ts'
import { unitFault } from '../service/systemd.ts'
import { formatPath } from './problem.ts'
import type { ConfigProblem, Path } from './problem.ts'
import { parseSource } from './source.ts'

interface Fault {
  /** Inside its part of the service; empty: the part as a whole. */
  readonly at: Path
  /** What stands there; not told: what the file has. */
  readonly found?: string
  readonly expected: string
  readonly message: string
  readonly fix: string
}

interface Placed extends Fault {
  readonly group: string
  readonly index: number
}

/**
 * What this node says of the services in `cluster.yaml` that it is to start: OCF agents of their parameters, systemd of its units. The group
 * would be stopped for a start that cannot work.
 */
export async function unstartableProblems(spec: ClusterSpec, node: string, text: string, file: string): Promise<readonly ConfigProblem[]> {
  const faults = await faultsIn(spec, node)
  if (faults.length === 0) return []
  const source = parseSource(text, file)
  return faults.map(({ group, index, at, ...about }) => {
    const service: Path = ['groups', group, 'service']
    const part = Array.isArray(source.valueAt(service)) ? [...service, index] : service
    return source.problem([...part, ...at], about.found === undefined ? 'value' : 'key', about)
  })
}

/** The same of a configuration that is not read from a file: one line each. */
export async function partsUnstartable(spec: ClusterSpec, node: string): Promise<readonly string[]> {
  const faults = await faultsIn(spec, node)
  return faults.map(({ group, index, message, fix }) => `${formatPath(['groups', group, 'service', index])}: ${message}\n  next: ${fix}`)
}

async function faultsIn({ groups }: ClusterSpec, node: string): Promise<readonly Placed[]> {
  const parts = groups
    .filter(({ nodes }) => nodes.includes(node))
    .flatMap(({ id, service = [] }) => service.map((part, index) => ({ group: id, index, part })))
  const described = new Map<string, Metadata | null>()
  const faults: Placed[] = []
  // One after the other, and each agent once: programs are asked, and a configuration may name very many.
  for (const { group, index, part } of parts) for (const fault of await faultsOf(part, described)) faults.push({ group, index, ...fault })
  return faults
}

async function faultsOf(part: ServicePart, described: Map<string, Metadata | null>): Promise<readonly Fault[]> {
  const { everyMs: _every, restarts: _restarts, ...options } = part.options
  if (part.kind === 'systemd') {
    const fault = await unitFault(kindOptions.systemd.parse(options).unit)
    return fault === null ? [] : [{ at: ['systemd'], expected: 'a unit of this machine', message: fault.message, fix: fault.fix }]
  }
  if (part.kind !== 'ocf') return []
  const given = kindOptions.ocf.parse(options)
  if (!described.has(given.agent)) described.set(given.agent, await describeAgent(given.agent))
  const metadata = described.get(given.agent) ?? null
  if (metadata === null) return []
  return parameterFaults(given, metadata).map(({ name, value, ...about }) =>
    value === null ? { at: [], ...about } : { at: ['parameters', name], found: name, ...about },
  )
}
