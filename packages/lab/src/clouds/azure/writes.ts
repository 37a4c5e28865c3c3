import type { Answer } from '../control-plane.ts'
import type { Call } from './call.ts'
import { isFields } from './contract.ts'
import type { Fields, Json } from './contract.ts'
import { drafted } from './drafts.ts'
import { ArmFault } from './fault.ts'
import { isSame, partsOf } from './ids.ts'
import { retryable } from './operations.ts'
import type { LongRunning, Operations } from './operations.ts'
import { referencesIn, usersOf } from './references.ts'
import { childOf, idAsked, targetDocument, targetOf, wholeOf } from './targets.ts'
import type { Target } from './targets.ts'
import { apply, childrenOf, exists, newEtag, newGuid, resourceOf } from './world.ts'
import type { Resource, World } from './world.ts'

/** What every call is carried out with. */
export interface Context {
  readonly world: World
  readonly call: Call
  readonly principal: string
  readonly operations: Operations
  readonly pageSize: number
}

export const json = (status: number, body: Json, headers: Readonly<Record<string, string>> = {}): Answer => ({
  status,
  body: JSON.stringify(body),
  headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
})

/** PUT: of a whole resource, or of a part of one, which is a write of the whole. */
export function put(context: Context): Answer {
  const { world, call } = context
  const target = targetOf(world, idAsked(call))
  checkConditions(context, target)
  const body = target.list === undefined ? (call.body ?? {}) : bodyWithPart(target, call.body ?? {})
  const isNew = target.list === undefined ? target.resource === undefined : !exists(world, idAsked(call))
  const { kind, top: id, name, resource: existing } = target
  if (existing !== undefined) context.operations.refuseOverlap(id, world.location)
  const draft = drafted(world, { kind, id: existing?.id ?? id, name: existing?.name ?? name, body, existing })
  checkReferences(context, draft)
  checkUsed(world, draft)
  const resource = write(world, target, draft)
  const long = begun(context, resource)
  const document = targetDocument(world, targetOf(world, idAsked(call)))
  return json(isNew ? 201 : 200, document, long === null ? {} : following(context, long, 'status'))
}

/** DELETE: what is not there is gone already. */
export function remove(context: Context): Answer {
  const { world, call, operations } = context
  const id = idAsked(call)
  const target = targetOf(world, id)
  if (!exists(world, id)) return { status: 204, body: '' }
  checkConditions(context, target)
  const resource = wholeOf(target)
  operations.refuseOverlap(resource.id, world.location)
  refuseUsed(world, target, id)
  const after =
    target.list === undefined ? null : drafted(world, { ...target, id: resource.id, body: bodyWithoutPart(target), existing: resource })
  if (after !== null) Object.assign(resource, after)
  else resource.state = 'Deleting'
  const long = after === null ? begun(context, resource, () => taken(world, resource)) : begun(context, resource)
  return long === null ? { status: 200, body: '' } : { status: 202, body: '', headers: following(context, long, 'both') }
}

/** PATCH: only tags can be changed so. */
export function updateTags({ world, call }: Context): Answer {
  const resource = wholeOf(targetOf(world, idAsked(call)))
  resource.more = { ...resource.more, tags: call.body?.['tags'] ?? {} }
  resource.etag = newEtag(world)
  return json(200, targetDocument(world, targetOf(world, resource.id)))
}

/** The write goes on after its answer; null: it is done already. */
function begun(context: Context, resource: Resource, done: (world: World) => void = (world) => apply(world, resource)): LongRunning | null {
  const { world, call, principal, operations } = context
  const course = operations.courseOf(call, principal)
  if (course.ms === 0 && course.outcome === 'Succeeded') {
    done(world)
    return null
  }
  const end = (later: World): void => {
    if (course.outcome === 'Succeeded') return done(later)
    if (course.applied) done(later)
    resource.state = course.outcome
    resource.etag = newEtag(later)
  }
  return operations.start({ id: newGuid(world), course, call, resource: resource.id, end, result: null })
}

/** Where clients ask how far it is, and for what came of it. */
export function following(
  { world, call, operations }: Context,
  { id }: LongRunning,
  which: 'status' | 'both',
): Readonly<Record<string, string>> {
  const place = `${call.base}/subscriptions/${world.subscription}/providers/Microsoft.Network/locations/${world.location}`
  const version = `?api-version=${call.query.get('api-version') ?? ''}`
  const { retryAfterS } = operations.options
  return {
    'azure-asyncoperation': `${place}/operations/${id}${version}`,
    ...(which === 'both' ? { location: `${place}/operationResults/${id}${version}` } : {}),
    ...(retryAfterS === null ? {} : { 'retry-after': String(retryAfterS) }),
  }
}

function checkConditions({ call: { ifMatch, ifNoneMatch, path } }: Context, { resource, list, child }: Target): void {
  const isThere = resource !== undefined && (list === undefined || childrenOf(resource, list).some(({ name }) => isSame(name, child)))
  const precondition = (code: string, message: string): ArmFault =>
    new ArmFault('PreconditionFailed', 'Precondition failed.', { details: [{ code, message }] })
  if (ifNoneMatch === '*' && isThere) throw precondition('PreconditionFailedResourceExists', `Resource ${path} exists already.`)
  if (ifMatch === undefined || (ifMatch === '*' && isThere)) return
  if (!isThere) throw precondition('PreconditionFailedResourceNotFound', `Resource ${path} does not exist.`)
  if (ifMatch === resource.etag) return
  throw precondition(
    'PreconditionFailedEtagMismatch',
    `Etag provided in if-match header ${ifMatch} does not match etag ${resource.etag} of resource ${resource.id} in NRP data store.`,
  )
}

function documentWith(resource: Resource, list: string, children: readonly Json[]): Fields {
  return { ...resource.more, location: resource.location, properties: { ...resource.properties, [list]: children } }
}

function bodyWithPart(target: Target, part: Fields): Fields {
  const { resource, list = '', child = '', top } = target
  if (resource === undefined)
    throw new ArmFault(
      'ParentResourceNotFound',
      `Can not perform requested operation on nested resource. Parent resource '${top}' not found.`,
    )
  const others = childrenOf(resource, list)
  const at = others.findIndex(({ name }) => isSame(name, child))
  const name = others[at]?.name ?? child
  if (part['name'] !== undefined && !isSame(String(part['name'] as string), name))
    throw new ArmFault(
      'InvalidRequestFormat',
      `The name '${String(part['name'] as string)}' in the body is not that of the resource, '${name}'.`,
    )
  const children =
    at === -1 ? [...others, { ...part, name }] : others.with(at, { ...part, name, id: '', properties: part['properties'] as Fields })
  return documentWith(resource, list, children)
}

function bodyWithoutPart(target: Target): Fields {
  const gone = childOf(target)
  const { list = '' } = target
  return documentWith(
    wholeOf(target),
    list,
    childrenOf(wholeOf(target), list).filter((one) => one !== gone),
  )
}

/** What a document refers to must be there, and must not be under way itself. */
function checkReferences({ world, operations }: Context, draft: Resource): void {
  for (const id of partsReferred(draft)) {
    const { top, list, child } = partsOf(id) ?? {}
    const isOwn = isSame(top, draft.id)
    const isThere = isOwn ? list === undefined || childrenOf(draft, list).some(({ name }) => isSame(name, child)) : exists(world, id)
    if (!isThere)
      throw new ArmFault(
        'InvalidResourceReference',
        `Resource ${id} referenced by resource ${draft.id} was not found. Please make sure that the referenced resource exists, and that both resources are in the same region.`,
      )
    const state = isOwn ? undefined : resourceOf(world, id)?.state
    if (state !== 'Updating' && state !== 'Deleting') continue
    const message = `Cannot proceed with operation because resource ${id} used by resource ${draft.id} is not in Succeeded state. Resource is in ${state} state.`
    throw retryable({ code: 'ReferencedResourceNotProvisioned', message }, operations.options.retryAfterS ?? 10)
  }
}

function partsReferred({ properties }: Resource): readonly string[] {
  return Object.values(properties).flatMap((value) =>
    Array.isArray(value) ? (value as readonly Fields[]).flatMap((item) => referencesIn(item['properties'])) : referencesIn(value),
  )
}

/** A part that others refer to cannot be left out. */
function checkUsed(world: World, draft: Resource): void {
  const before = resourceOf(world, draft.id)
  for (const list of Object.keys(before?.properties ?? {}))
    for (const { id, name } of before === undefined ? [] : childrenOf(before, list)) {
      if (typeof id !== 'string' || childrenOf(draft, list).some((one) => isSame(one.name, name))) continue
      const users = usersOf(world, id)
      if (users.length > 0) throw inUse(id, users)
    }
}

function refuseUsed(world: World, { list }: Target, id: string): void {
  const machine = list === undefined ? resourceOf(world, id)?.properties['virtualMachine'] : undefined
  if (isFields(machine))
    throw new ArmFault('NicInUse', `Network Interface ${id} is used by existing resource ${String(machine['id'] as string)}.`)
  const users = usersOf(world, id)
  if (users.length > 0) throw inUse(id, users)
}

/** `InUseRouteTableCannotBeDeleted` */
function inUse(id: string, users: readonly string[]): ArmFault {
  const { kind = '', list, name, child } = partsOf(id) ?? {}
  const singular = (list ?? kind).replace(/(?<=ress)es$|s$/i, '')
  const code =
    singular === 'publicIPAddress'
      ? 'PublicIPAddressCannotBeDeleted'
      : `InUse${singular.slice(0, 1).toUpperCase()}${singular.slice(1)}CannotBeDeleted`
  return new ArmFault(code, `${singular} ${child ?? name ?? ''} is in use by ${users.join(', ')} and cannot be deleted.`)
}

function write(world: World, { kind, resource }: Target, draft: Resource): Resource {
  if (resource !== undefined) return Object.assign(resource, draft)
  ;(world[kind] as Resource[]).push(draft)
  return draft
}

function taken(world: World, resource: Resource): void {
  const { kind } = targetOf(world, resource.id)
  const all = world[kind] as Resource[]
  const at = all.findIndex((one) => isSame(one.id, resource.id))
  if (at !== -1) all.splice(at, 1)
}
