import { ON_MACHINE } from '../backend.ts'
import { judge } from '../judge.ts'
import { placesOf } from './addresses.ts'
import { placeValueProblems } from './place-values.ts'
import { groupNames, unknownName } from './cluster-groups.ts'
import { nodeNames, siteNames } from './cluster-nodes.ts'
import { endpointEntrySchema } from './cluster-schema.ts'
import { addressKey, parseHostPort } from './fields.ts'
import { ownKindNames } from './plugins.ts'
import type { LoadedKind, PluginError, PluginMap } from './plugins.ts'
import type { ConfigProblem, Path } from './problem.ts'
import type { Source } from './source.ts'
import { validate } from './validate.ts'

/** What endpoints are checked with: the plugins, and why others could not be loaded. */
export interface Plugins {
  readonly plugins: PluginMap
  readonly failures?: ReadonlyMap<string, PluginError>
}

/** One endpoint whose options its backend accepted. */
export interface CheckedEndpoint {
  readonly group: string
  readonly id: string
  readonly backend: string
  readonly at: string | undefined
  readonly options: Readonly<Record<string, unknown>>
  readonly path: Path
  readonly claims: readonly string[]
  readonly claimMs?: number
}

/** Checks every endpoint with its own backend, then all of them against each other. */
export function endpointsOf(
  source: Source,
  plugins: Plugins,
): { readonly checked: readonly CheckedEndpoint[]; readonly problems: readonly ConfigProblem[] } {
  const checked: CheckedEndpoint[] = []
  const problems: ConfigProblem[] = []
  for (const group of groupNames(source)) {
    const endpoints = source.valueAt(['groups', group, 'endpoints'])
    for (const index of Array.isArray(endpoints) ? endpoints.keys() : []) {
      const result = checkEndpoint(group, ['groups', group, 'endpoints', index], source, plugins)
      if (Array.isArray(result)) problems.push(...result)
      else checked.push(result)
    }
  }
  return { checked, problems: [...problems, ...clashes(checked, source)] }
}

function checkEndpoint(group: string, path: Path, source: Source, plugins: Plugins): CheckedEndpoint | ConfigProblem[] {
  const entry = judge(endpointEntrySchema, source.valueAt(path))
  // The shape of the whole file was checked already and has reported this.
  if (entry?.success !== true) return []
  const { at, backend, ...options } = entry.data
  const problems: ConfigProblem[] = []
  const sites = siteNames(source)
  if (at !== undefined && !sites.includes(at)) problems.push(unknownName('site', at, sites, [...path, 'at'], source))
  const loaded = plugins.plugins.get(backend)
  if (loaded === undefined) return [...problems, unusable(backend, [...path, 'backend'], source, plugins)]
  const accepted = validate(loaded.kind.schema, options, source, path, Object.keys(endpointEntrySchema.shape))
  if (!accepted.ok) return [...problems, ...accepted.problems]
  const places = loaded.kind.places?.(accepted.value)
  if (places !== undefined) problems.push(...placeValueProblems(group, path, places, source))
  if (problems.length > 0) return problems
  return describe(loaded, accepted.value, { group, backend, at, path })
}

function describe(
  loaded: LoadedKind,
  options: unknown,
  where: Pick<CheckedEndpoint, 'group' | 'backend' | 'at' | 'path'>,
): CheckedEndpoint {
  const claimMs = loaded.kind.claimMs?.(options) ?? 0
  return {
    ...where,
    ...(claimMs === 0 ? {} : { claimMs }),
    id: `${where.backend}-${loaded.kind.describe(options)}`,
    options: options as Readonly<Record<string, unknown>>,
    claims: loaded.kind.claims(options),
  }
}

function unusable(backend: string, path: Path, source: Source, plugins: Plugins): ConfigProblem {
  const failure = plugins.failures?.get(backend)
  if (failure === undefined || (failure.code === 'BACKEND_UNKNOWN' && !backend.includes('#'))) {
    return unknownName('backend', backend, [...new Set([...plugins.plugins.keys(), ...ownKindNames])], path, source)
  }
  return source.problem(path, 'value', { expected: 'a backend that is installed', message: failure.message, fix: failure.fix })
}

/** What two endpoints, or an endpoint and a node, cannot both have. */
function clashes(endpoints: readonly CheckedEndpoint[], source: Source): ConfigProblem[] {
  const problems: ConfigProblem[] = []
  const owners = nodeAddresses(source)
  for (const endpoint of endpoints) {
    const twin = endpoints.find((other) => other.group === endpoint.group && other.id === endpoint.id)
    const keys = keysOf(endpoint, source)
    const taken = keys.find(({ key }) => owners.has(key))
    if (taken !== undefined) {
      problems.push(
        source.problem(endpoint.path, 'value', {
          found: taken.claim,
          expected: 'a claim of its own',
          message: `${taken.claim} is already taken by ${owners.get(taken.key) ?? ''}`,
          fix: taken.isLocal
            ? 'remove one of the two, or give it another path or port'
            : 'remove one of the two, or give it another address',
        }),
      )
    } else if (twin !== endpoint) {
      problems.push(
        source.problem(endpoint.path, 'value', {
          found: endpoint.id,
          expected: 'each endpoint once',
          message: `the endpoint ${endpoint.id} stands twice in group ${endpoint.group}`,
          fix: 'remove one of the two',
        }),
      )
    }
    for (const { key } of keys) if (!owners.has(key)) owners.set(key, `${endpoint.id} of group ${endpoint.group}`)
  }
  return problems
}

interface ClaimKey {
  readonly claim: string
  /** Two endpoints with the same key are in each other's way. */
  readonly key: string
  readonly isLocal: boolean
}

/** What is claimed on a machine alone is in nobody's way at another site. */
function keysOf({ claims, at }: CheckedEndpoint, source: Source): readonly ClaimKey[] {
  const sites = at === undefined ? siteNames(source) : [at]
  return claims.flatMap((claim): readonly ClaimKey[] => {
    if (!claim.startsWith(ON_MACHINE)) return [{ claim, key: claim, isLocal: false }]
    return sites.map((site) => ({ claim: claim.slice(ON_MACHINE.length), key: `${claim} at ${site}`, isLocal: true }))
  })
}

/** A VIP must not be an address by which a node is reached. */
function nodeAddresses(source: Source): Map<string, string> {
  const owners = new Map<string, string>()
  for (const node of nodeNames(source)) {
    for (const { address } of placesOf(node, source)) {
      const parsed = parseHostPort(address)
      if (parsed !== null) owners.set(`ip:${addressKey(parsed.host)}`, `node ${node} as its own address`)
    }
  }
  return owners
}
