import { isDeepStrictEqual } from 'node:util'
import type { ClusterSpec, EndpointSpec, NodeId } from '../model/index.ts'
import { resolvePlugins } from './plugins.ts'
import { formatPath } from './problem.ts'
import type { ConfigProblem, Path } from './problem.ts'
import { parseSource } from './source.ts'

/** The machine that was asked. */
export interface Here {
  readonly node: NodeId
  /** Names of `node.yaml`: `interfaces: { lan: eth0 }`. */
  readonly interfaces: Readonly<Record<string, string>>
}

interface Lack {
  readonly path: Path
  readonly message: string
  readonly fix: string
}

/**
 * Endpoints of a `cluster.yaml` for which this machine lacks what they would stand on, such as an interface: a slip of the pen would take the
 * group down wherever it is. Those that are in force already are not judged anew: what has gone from under them keeps nobody from a change.
 */
export async function lackingProblems(
  wanted: ClusterSpec,
  present: ClusterSpec,
  here: Here,
  text: string,
  file: string,
): Promise<readonly ConfigProblem[]> {
  const lacks = await lacksOf(wanted, present, here)
  if (lacks.length === 0) return []
  const source = parseSource(text, file)
  return lacks.map(({ path, message, fix }) => source.problem(path, 'value', { expected: 'what this machine has', message, fix }))
}

/** The same of a configuration that is not read from a file: one line each. */
export async function endpointsLacking(wanted: ClusterSpec, present: ClusterSpec, here: Here): Promise<readonly string[]> {
  const lacks = await lacksOf(wanted, present, here)
  return lacks.map(({ path, message, fix }) => `${formatPath(path)}: ${message}\n  next: ${fix}`)
}

async function lacksOf({ nodes, groups }: ClusterSpec, present: ClusterSpec, { node, interfaces }: Here): Promise<readonly Lack[]> {
  const site = nodes.find(({ id }) => id === node)?.site
  const judged = groups
    .filter((group) => group.nodes.includes(node))
    .flatMap(({ id, endpoints }) => endpoints.map((endpoint, index) => ({ id, endpoint, index })))
    .filter(({ id, endpoint }) => (endpoint.at === undefined || endpoint.at === site) && !isInForce(id, endpoint, present))
  const { plugins } = await resolvePlugins(judged.map(({ endpoint }) => endpoint.backend))
  const lacks: Lack[] = []
  for (const { id, endpoint, index } of judged) {
    const lack = await plugins.get(endpoint.backend)?.kind.lacking?.(endpoint.options, interfaces)
    if (lack !== undefined && lack !== null) lacks.push({ path: ['groups', id, 'endpoints', index], message: lack.message, fix: lack.fix })
  }
  return lacks
}

function isInForce(group: string, wanted: EndpointSpec, { groups }: ClusterSpec): boolean {
  const endpoints = groups.find(({ id }) => id === group)?.endpoints ?? []
  return endpoints.some((endpoint) => isDeepStrictEqual(endpoint, wanted))
}
