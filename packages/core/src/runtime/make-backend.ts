import type { Backend, BackendContext, Candidate } from '../backend.ts'
import type { resolvePlugins } from '../config/plugins.ts'
import type { ClusterSpec, EndpointSpec, GroupId, GroupSpec } from '../model/index.ts'
import type { ServiceContext } from '../service/control.ts'
import { makePart } from '../service/kinds.ts'
import type { StartedRecord } from '../service/started-record.ts'

/** Something that is called so for people, and can be made. */
interface Maker {
  readonly describe: string
  readonly make: (context: BackendContext & ServiceContext) => Promise<Backend>
}

type MakeStage = (context: BackendContext) => Backend

/** How stages are made that come before a group's service. */
export interface Stages {
  /** Waits until nobody else can run the group any more. */
  readonly fence: MakeStage
  /** Arms the machine's watchdog; absent: node.yaml names none. */
  readonly watchdog?: MakeStage
}
type Resolve = (kinds: Iterable<string>) => ReturnType<typeof resolvePlugins>

/** Parts of a service are kept like endpoints: what stands before their kind is in no name of a backend. */
const servicePrefix = 'service:'
/** What comes before the service of a group that asks for a fence. */
const fenceStage: EndpointSpec = { id: 'fence', backend: 'fence:', options: {} }
/** What comes before all of it where this machine has a watchdog. */
export const watchdogStage: EndpointSpec = { id: 'watchdog', backend: 'watchdog:', options: {} }

/** What a group consists of on a node at this site: its fence, its service, part by part, and the endpoints before it. */
export function wantedHere(group: GroupSpec | undefined, site: string | undefined): readonly EndpointSpec[] {
  const parts = (group?.service ?? []).map((part, order): EndpointSpec => {
    const { id, kind, startMs, stopMs, options } = part
    return { id, backend: `${servicePrefix}${kind}`, options: { ...options, order, startMs, stopMs } }
  })
  return [
    ...(group?.fence === undefined ? [] : [fenceStage]),
    ...parts,
    ...(group?.endpoints.filter(({ at }) => at === undefined || at === site) ?? []),
  ]
}

/** Who may hold an endpoint: the nodes of its group at its site. */
export function candidatesOf(spec: ClusterSpec | null, group: GroupId, { at }: EndpointSpec): readonly Candidate[] {
  const names = spec?.groups.find(({ id }) => id === group)?.nodes ?? []
  const members = spec?.nodes.filter(({ id, site }) => names.includes(id) && (at === undefined || at === site)) ?? []
  return members.map(({ id, address, addresses }) => ({ node: id, addresses: [...new Set([address, ...Object.values(addresses ?? {})])] }))
}

/** What can be made of one of them, and what it is called. Throws when there is no such kind, or it refuses its options. */
export async function makerOf(spec: EndpointSpec, resolve: Resolve, stages?: Stages, record?: StartedRecord): Promise<Maker> {
  const stage = spec.backend === fenceStage.backend ? stages?.fence : spec.backend === watchdogStage.backend ? stages?.watchdog : undefined
  if (stage !== undefined) return { describe: spec.id, make: (context) => Promise.resolve(stage(context)) }
  if (spec.backend.startsWith(servicePrefix))
    return { describe: spec.id, make: (context) => Promise.resolve(partOf(spec, context, record)) }
  const { plugins, failures } = await resolve([spec.backend])
  const kind = plugins.get(spec.backend)?.kind
  if (!kind) throw failures.get(spec.backend) ?? new Error(`there is no backend "${spec.backend}"`)
  const parsed: unknown = kind.schema.parse(spec.options)
  return { describe: kind.describe(parsed), make: (context) => kind.create(parsed, context) }
}

function partOf({ id, backend, options }: EndpointSpec, context: ServiceContext, record?: StartedRecord): Backend {
  const { order, startMs, stopMs, ...own } = options
  const kind = backend.slice(servicePrefix.length)
  return makePart({ id, kind, startMs: Number(startMs), stopMs: Number(stopMs), options: own }, Number(order), context, record)
}
