import type { Answer } from '../control-plane.ts'
import { checkAnswer } from './answer-check.ts'
import type { Call } from './call.ts'
import { operations } from './contract.ts'
import type { Fields, Json } from './contract.ts'
import { childDocument, documentOf, expanded } from './documents.ts'
import { effectiveRoutes } from './effective-routes.ts'
import { ArmFault } from './fault.ts'
import { backendsOf, healthOf } from './health.ts'
import { isSame, partsOf } from './ids.ts'
import { swapPublicAddresses } from './swap.ts'
import type { LongRunning } from './operations.ts'
import { childOf, idAsked, kindOf, targetDocument, targetOf, wholeOf } from './targets.ts'
import { asApplied, childrenOf, newGuid } from './world.ts'
import type { LoadBalancer, NetworkInterface, Resource, Rule, World } from './world.ts'
import { following, json, put, remove, updateTags } from './writes.ts'
import type { Context } from './writes.ts'

type Handler = (context: Context) => Answer

/** Operations that are not one of the five that every resource has. */
const special: Readonly<Record<string, Handler>> = {
  'operations.get': statusOf,
  'operationResults.get': resultOf,
  'loadBalancers.swapPublicIpAddresses': swapPublicAddresses,
  'loadBalancerLoadBalancingRules.health': (context) => found(context, (world, id) => ruleHealth(world, id)),
  'networkInterfaces.getEffectiveRouteTable': (context) =>
    found(context, (world, id) => effectiveRoutes(world, wholeOf(targetOf(world, id)) as NetworkInterface)),
  'loadBalancerNetworkInterfaces.list': (context) => page(context, interfacesBehind(context)),
  'networkInterfaceLoadBalancers.list': (context) => page(context, balancersOf(context)),
}

const usual: Readonly<Record<string, Handler>> = {
  get: (context) => json(200, read(context)),
  list: (context) => page(context, listed(context)),
  listAll: (context) => page(context, listed(context)),
  createOrUpdate: put,
  delete: remove,
  updateTags,
}

const writing = ['createOrUpdate', 'delete', 'updateTags', 'swapPublicIpAddresses']

export function isWrite({ action }: Call): boolean {
  return writing.includes(action.split('.')[1] ?? '')
}

/** Does what a call says. Throws `ArmFault` where the service would refuse it; then nothing has changed. */
export function perform(context: Context): Answer {
  const { action } = context.call
  const handler = Object.hasOwn(special, action) ? special[action] : usual[action.split('.')[1] ?? '']
  if (handler === undefined) throw new ArmFault('OperationNotAllowed', `${action} is not to be had here.`)
  return handler(context)
}

function read({ world, call }: Context): Json {
  const document = targetDocument(world, targetOf(world, idAsked(call)))
  const places = call.query.get('$expand')?.split(',') ?? []
  return places.reduce<Json>((told, place) => expanded(world, told, place.trim().split('/')), document)
}

function listed({ world, call }: Context): readonly Fields[] {
  const { operation, path } = call
  const segments = path.split('/')
  const [, group] = /^\/subscriptions\/[^/]+\/resourceGroups\/([^/]+)/i.exec(path) ?? []
  const list = segments.at(-1) ?? ''
  const isPartsList = operation?.path.split('/').at(-2)?.startsWith('{') === true && segments.length > 8
  if (!isPartsList) {
    const kind = kindOf(list)
    const all: readonly Resource[] = world[kind]
    return all.filter(({ id }) => group === undefined || isSame(partsOf(id)?.group, group)).map((one) => documentOf(world, kind, one))
  }
  const target = targetOf(world, segments.slice(0, -1).join('/'))
  const resource = wholeOf(target)
  const name = Object.keys(resource.properties).find((one) => isSame(one, list)) ?? list
  return childrenOf(resource, list).map((child) => childDocument(world, { kind: target.kind, resource, list: name, child }))
}

function page({ call, pageSize }: Context, all: readonly Fields[]): Answer {
  const from = Number(call.query.get('$skiptoken') ?? 0)
  const rest = new URLSearchParams(call.query)
  rest.set('$skiptoken', String(from + pageSize))
  const nextLink = from + pageSize < all.length ? { nextLink: `${call.base}${call.path}?${rest.toString()}` } : {}
  return json(200, { value: all.slice(from, from + pageSize), ...nextLink })
}

/** What is found out takes its time; it tells how things are when it is asked for in the end. */
function found(context: Context, result: (world: World, id: string) => Json): Answer {
  const { world, call, principal } = context
  const id = idAsked(call)
  result(asApplied(world), id)
  const course = context.operations.courseOf(call, principal)
  const started = context.operations.start({
    id: newGuid(world),
    course,
    call,
    resource: null,
    end: () => {},
    result: (later) => result(asApplied(later), id),
  })
  return { status: 202, body: '', headers: following(context, started, 'both') }
}

function ruleHealth(world: World, id: string): Json {
  const target = targetOf(world, id)
  return healthOf(world, wholeOf(target) as LoadBalancer, childOf(target) as Rule)
}

function operationAsked({ operations: known, call }: Context): LongRunning {
  return known.found(String(call.input['operationId'] as string))
}

function statusOf(context: Context): Answer {
  const { isDone, course, action } = operationAsked(context)
  const { retryAfterS } = context.operations.options
  if (!isDone) return json(200, { status: 'InProgress' }, retryAfterS === null ? {} : { 'retry-after': String(retryAfterS) })
  if (course.outcome === 'Succeeded') return json(200, { status: 'Succeeded' })
  return json(200, { status: course.outcome, error: { code: course.code, message: `${action} ended as ${course.outcome}.`, details: [] } })
}

function resultOf(context: Context): Answer {
  const one = operationAsked(context)
  if (!one.isDone) return { status: 202, body: '', headers: following(context, one, 'both') }
  if (one.course.outcome !== 'Succeeded')
    throw new ArmFault(one.course.code, `${one.action} ended as ${one.course.outcome}.`, { status: 500 })
  const done = operations.find(({ id }) => id === one.action)
  const told = one.result === null ? null : one.result(context.world)
  const status = done?.statuses.includes(204) === true && told === null ? 204 : 200
  if (done !== undefined) checkAnswer(done, status, told, context.world)
  return told === null ? { status, body: '' } : json(status, told)
}

function interfacesBehind({ world, call }: Context): readonly Fields[] {
  const balancer = wholeOf(targetOf(world, call.path.split('/').slice(0, -1).join('/'))) as LoadBalancer
  const members = balancer.properties.loadBalancingRules.flatMap((rule) => backendsOf(world, balancer, rule))
  const isMember = ({ properties }: NetworkInterface): boolean =>
    properties.ipConfigurations.some(({ id }) => members.some(({ ipConfiguration }) => isSame(ipConfiguration, id)))
  return world.networkInterfaces.filter(isMember).map((one) => documentOf(world, 'networkInterfaces', one))
}

function balancersOf({ world, call }: Context): readonly Fields[] {
  const own = wholeOf(targetOf(world, call.path.split('/').slice(0, -1).join('/'))) as NetworkInterface
  const pools = own.properties.ipConfigurations.flatMap(({ properties }) => properties.loadBalancerBackendAddressPools ?? [])
  const isMine = ({ id }: LoadBalancer): boolean => pools.some((pool) => isSame(partsOf(pool.id)?.top, id))
  return world.loadBalancers.filter(isMine).map((one) => documentOf(world, 'loadBalancers', one))
}
