import type { Call } from './call.ts'
import { isFields, textOf } from './contract.ts'
import type { Fields } from './contract.ts'
import { GcpFault } from './fault.ts'
import { operationFields } from './operations.ts'
import { found, linkOf, pathOf } from './world.ts'
import type { World } from './world.ts'

const PAGE_MAX = 500

/** What is read changes nothing. null: the call is none of these. */
export function read(world: World, call: Call): Fields | null {
  const [, collection = '', verb = ''] = call.action.split('.')
  if (collection.endsWith('Operations')) return verb === 'list' ? null : operation(world, call.path.replace(/\/wait$/, ''))
  if (verb === 'getHealth') return health(world, call)
  if (verb === 'getEffectiveFirewalls') return firewalls(world, call)
  if (verb === 'listInstances') return instances(world, call)
  if (verb === 'get') return collection === 'projects' ? project(world) : found(world, call.path)
  return verb === 'list' ? listing(world, call) : null
}

function project(world: World): Fields {
  return { kind: 'compute#project', id: '1', name: world.project, selfLink: linkOf(world, '') }
}

/** A wait may end before the operation does, as Google says it may: callers must look at the status. */
function operation(world: World, path: string): Fields {
  const known = world.operations.get(path.replace('/operations/', '/'))
  if (known === undefined) throw new GcpFault('notFound', `The resource 'projects/${world.project}/${path}' was not found`)
  return operationFields(world, known)
}

function listing(world: World, { path, parameters }: Call): Fields {
  const inside = [...world.documents].filter(([key]) => key.startsWith(`${path}/`) && !key.slice(path.length + 1).includes('/'))
  const fitting = inside.map(([, document]) => document).filter((document) => fitsFilter(document, parameters['filter']))
  return pageOf(world, path, fitting, parameters)
}

function pageOf(world: World, path: string, all: readonly Fields[], parameters: Call['parameters']): Fields {
  const from = Number(parameters['pageToken'] ?? 0)
  const size = Math.min(PAGE_MAX, Number(parameters['maxResults'] ?? PAGE_MAX))
  if (!Number.isInteger(from) || !(size > 0)) throw new GcpFault('invalid', "Invalid value for field 'pageToken' or 'maxResults'.")
  const next = from + size < all.length ? { nextPageToken: String(from + size) } : {}
  const kind = `compute#${(path.split('/').at(-1) ?? '').replace(/e?s$/, (end) => (end === 'es' ? 'e' : ''))}List`
  return { kind, id: `projects/${world.project}/${path}`, selfLink: linkOf(world, path), items: all.slice(from, from + size), ...next }
}

/** Of the language of filters what clients use for names: `name = x` and `name eq x`. */
function fitsFilter(document: Fields, filter: string | undefined): boolean {
  if (filter === undefined) return true
  const [, field = '', value = ''] = /^\(?(\w+)\s*(?:=|eq)\s*"?([^")]*)"?\)?$/.exec(filter) ?? []
  if (field === '') throw new GcpFault('invalid', `Invalid value for field 'filter': '${filter}'. Invalid list filter expression.`)
  return textOf(document, field) === value
}

/** The members of a group, as documents that name them have it. */
function membersOf(world: World, group: string): readonly string[] {
  const { ['x-members']: members = [] } = found(world, group)
  return members as readonly string[]
}

function instances(world: World, { path, parameters }: Call): Fields {
  const group = path.replace(/\/listInstances$/, '')
  const items = membersOf(world, group).map((member) => ({
    instance: linkOf(world, member),
    status: found(world, member)['status'] ?? 'RUNNING',
  }))
  return { ...pageOf(world, group, items, parameters), kind: 'compute#instanceGroupsListInstances' }
}

/** All that guard the network of one interface. Rules for some instances only, and policies, are not to be had here. */
function firewalls(world: World, { path, parameters }: Call): Fields {
  const instance = found(world, path.replace(/\/getEffectiveFirewalls$/, ''))
  const interfaces = (instance['networkInterfaces'] ?? []) as readonly Fields[]
  const own = interfaces.find(({ name }) => name === parameters['networkInterface'])
  if (own === undefined) throw new GcpFault('invalid', "Invalid value for field 'networkInterface': there is none on the instance.")
  const all = [...world.documents].filter(([key]) => key.startsWith('global/firewalls/')).map(([, document]) => document)
  return { firewalls: all.filter(({ network }) => network === own['network']) }
}

/** What balancers think of the members of one group. One that has not been asked so far is left out. */
function health(world: World, { path, body }: Call): Fields {
  const service = found(world, path.replace(/\/getHealth$/, ''))
  const group = pathOf(textOf(body, 'group'))
  const backends = (service['backends'] ?? []) as readonly Fields[]
  if (!backends.some((backend) => pathOf(textOf(backend, 'group')) === group))
    throw new GcpFault(
      'invalid',
      `Invalid value for field 'resource.group': '${textOf(body, 'group')}'. The group is not a backend of the service.`,
    )
  const healthStatus = membersOf(world, group).flatMap((member) => {
    const healthState = world.health.get(member)
    const [own] = (found(world, member)['networkInterfaces'] ?? []) as readonly Fields[]
    if (healthState === undefined || !isFields(own)) return []
    return [{ healthState, instance: linkOf(world, member), ipAddress: own['networkIP'] ?? '', port: Number(service['port'] ?? 80) }]
  })
  return { kind: 'compute#backendServiceGroupHealth', ...(healthStatus.length === 0 ? {} : { healthStatus }) }
}
