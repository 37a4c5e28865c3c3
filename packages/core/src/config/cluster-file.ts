import { judge } from '../judge.ts'
import type { CheckSpec, ClusterSpec, EndpointSpec, GroupSpec, Member } from '../model/index.ts'
import { addressesOf } from './addresses.ts'
import { checksOf } from './checks.ts'
import { groupProblems } from './cluster-groups.ts'
import { nodeProblems } from './cluster-nodes.ts'
import { clusterFileSchema } from './cluster-schema.ts'
import type { ClusterFile } from './cluster-schema.ts'
import { endpointsOf } from './endpoints.ts'
import type { CheckedEndpoint, Plugins } from './endpoints.ts'
import { fenceProblems } from './fence-problems.ts'
import { programProblems } from './programs.ts'
import { placementProblems } from './placement-problems.ts'
import { placementOf } from './placement.ts'
import { ConfigError } from './problem.ts'
import type { ConfigProblem } from './problem.ts'
import { parseSource } from './source.ts'
import type { Source } from './source.ts'
import { sharedServiceProblems } from './shared-services.ts'
import { specSchema } from './spec-schema.ts'
import { notifyOf, notifyProblems } from './notify.ts'
import { fenceDevicesOf } from '../fence/schema.ts'
import { hookSpecOf } from '../hooks/schema.ts'
import { partSpecOf } from '../service/schema.ts'
import { timingOf, timingProblems, timingSchema } from './timing.ts'
import { validate } from './validate.ts'

/**
 * Reads the text of a `cluster.yaml`. Throws `ConfigError` with all problems: where a part has the wrong shape,
 * the other parts are still checked against each other. With `node`, also whether the programs that its groups need are on this machine.
 */
export function clusterSpecFromText(text: string, file: string, plugins: Plugins, node?: string): ClusterSpec {
  const source = parseSource(text, file)
  if (source.syntax.length > 0) throw new ConfigError(source.syntax)
  const shape = validate(clusterFileSchema, source.data, source)
  const timing = judge(timingSchema, source.valueAt(['timing']) ?? 'lan')
  const endpoints = endpointsOf(source, plugins)
  const checks = checksOf(source)
  const problems = [
    ...(shape.ok ? [] : shape.problems),
    ...(timing?.success === true ? timingProblems(timingOf(timing.data), source) : []),
    ...nodeProblems(source),
    ...groupProblems(source),
    ...sharedServiceProblems(source),
    ...placementProblems(source),
    ...fenceProblems(source),
    ...endpoints.problems,
    ...(node === undefined ? [] : programProblems(source, node)),
    ...checks.problems,
    ...notifyProblems(source),
  ]
  if (!shape.ok || problems.length > 0)
    throw new ConfigError(problems.toSorted((left, right) => left.line - right.line || left.column - right.column))
  const spec = buildSpec(shape.value, endpoints.checked, checks.checked)
  const excess = excessProblems(spec, source)
  if (excess.length > 0) throw new ConfigError(excess)
  return spec
}

/** What the log would refuse must never be appended to it: nobody could read what comes after. */
function excessProblems(spec: ClusterSpec, source: Source): readonly ConfigProblem[] {
  const judged = judge(specSchema, spec)
  if (judged?.success === true) return []
  const issues = judged?.error.issues ?? []
  const [{ path, message } = { path: [], message: 'nested too deep' }] = issues
  const [section = '', index = 0, ...rest] = path.map((part) => (typeof part === 'symbol' ? String(part) : part))
  const owner = section === 'groups' ? spec.groups[Number(index)]?.id : section === 'nodes' ? spec.nodes[Number(index)]?.id : undefined
  const at = owner === undefined ? [] : [section, owner]
  return [
    source.problem(at, 'key', {
      expected: 'less of it',
      message: `more than a configuration can hold: ${[section, owner ?? index, ...rest].join('.')}: ${message}`,
      fix: 'make lists, names and texts shorter, and times longer than nothing',
    }),
  ]
}

/** The backends that a `cluster.yaml` names, as far as it can be read. */
export function backendsNamed(text: string): readonly string[] {
  const { data, valueAt } = parseSource(text, '')
  const groups = valueAt(['groups'])
  if (typeof data !== 'object' || typeof groups !== 'object' || groups === null) return []
  const names = Object.keys(groups).flatMap((group) => {
    const endpoints = valueAt(['groups', group, 'endpoints'])
    return Array.isArray(endpoints) ? endpoints.map((_, index) => valueAt(['groups', group, 'endpoints', index, 'backend'])) : []
  })
  return [...new Set(names.filter((name) => typeof name === 'string'))]
}

function buildSpec(
  file: ClusterFile,
  endpoints: readonly CheckedEndpoint[],
  checks: ReadonlyMap<string, readonly CheckSpec[]>,
): ClusterSpec {
  const nodes = Object.entries(file.nodes).map(([id, node]): Member => {
    const witness = node.witness ?? false
    const capacity = node.capacity === undefined ? {} : { capacity: node.capacity }
    return {
      id,
      site: node.site,
      ...addressesOf(node.address),
      voter: node.voter ?? true,
      witness,
      ...capacity,
      ...fenceDevicesOf(node.fence),
    }
  })
  const holders = nodes.filter((node) => !node.witness).map((node) => node.id)
  const groups = Object.entries(file.groups).map(([id, group]): GroupSpec => ({
    id,
    mode: group.mode,
    nodes: group.nodes ?? holders,
    endpoints: endpoints.filter((endpoint) => endpoint.group === id).map(endpointSpec),
    ...(group.service === undefined ? {} : { service: [group.service].flat().map(partSpecOf) }),
    ...(group.hooks === undefined ? {} : { hooks: group.hooks.map(hookSpecOf) }),
    ...placementOf(group),
    ...checksSpec(checks.get(id)),
    ...(group.fence === undefined ? {} : { fence: group.fence }),
  }))
  return { name: file.cluster, timing: timingOf(file.timing), nodes, groups, ...notifyOf(file) }
}

/** A group without checks is written as it was before there were any. */
function checksSpec(checks: readonly CheckSpec[] = []): Pick<GroupSpec, 'checks'> {
  return checks.length === 0 ? {} : { checks }
}

function endpointSpec({ id, backend, at, claimMs, options }: CheckedEndpoint): EndpointSpec {
  return { id, backend, ...(at === undefined ? {} : { at }), ...(claimMs === undefined ? {} : { claimMs }), options }
}
