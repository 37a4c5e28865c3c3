import type { IncomingHttpHeaders } from 'node:http'
import type { Request } from '../control-plane.ts'
import type { Call as AnyCall } from '../switches.ts'
import { apiVersion, breaches, isFields, operations, writable } from './contract.ts'
import type { Fields, Json, Operation } from './contract.ts'
import { ArmFault } from './fault.ts'
import type { World } from './world.ts'

/** One request as the contract understands it. */
export interface Call extends AnyCall {
  /** The id of the operation in the contract, such as `routes.createOrUpdate`. */
  readonly action: string
  readonly input: Fields
  readonly operation: Operation | null
  /** What the path names, from `/subscriptions` on. */
  readonly path: string
  readonly query: URLSearchParams
  /** What links in answers start with. */
  readonly base: string
  readonly body: Fields | null
  readonly ifMatch: string | undefined
  readonly ifNoneMatch: string | undefined
}

const routes = operations.map((operation) => ({
  operation,
  pattern: new RegExp(`^${operation.path.replaceAll('.', String.raw`\.`).replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`, 'i'),
}))

/** The status and the result of what takes longer: not of the contract's list, and part of every service of Resource Manager. */
const following =
  /^\/subscriptions\/[^/]+\/providers\/Microsoft\.Network\/locations\/[^/]+\/(operations|operationResults)\/(?<operationId>[^/]+)$/i

/** Throws `ArmFault` for what the contract does not understand. */
export function readCall({ method, path, headers, body }: Request, world: World): Call {
  const url = new URL(path, 'https://arm.invalid')
  const where = decodeURIComponent(url.pathname).replace(/\/$/, '')
  checkVersion(url.searchParams)
  checkSubscription(where, world)
  const followed = method === 'GET' ? following.exec(where) : null
  const common = { path: where, query: url.searchParams, base: `https://${headers.host ?? ''}`, ...conditionsOf(headers) }
  if (followed !== null) {
    const input = { operationId: followed.groups?.['operationId'] ?? '' }
    return {
      ...common,
      action: `${followed[1]?.toLowerCase() === 'operations' ? 'operations' : 'operationResults'}.get`,
      input,
      operation: null,
      body: null,
    }
  }
  const [found] = routes.flatMap(({ operation, pattern }) => {
    const match = operation.method === method ? pattern.exec(where) : null
    return match === null ? [] : [{ operation, names: { ...match.groups } }]
  })
  if (found === undefined)
    throw new ArmFault(
      'InvalidResourceType',
      `The resource type could not be found in the namespace 'Microsoft.Network' for api version '${apiVersion}'.`,
    )
  const { operation, names } = found
  const said = operation.request === undefined ? null : readBody(operation.request, body, world)
  return { ...common, action: operation.id, input: said === null ? names : { ...names, body: said }, operation, body: said }
}

function conditionsOf(headers: IncomingHttpHeaders): Pick<Call, 'ifMatch' | 'ifNoneMatch'> {
  return { ifMatch: headers['if-match'], ifNoneMatch: headers['if-none-match'] }
}

function checkVersion(query: URLSearchParams): void {
  const asked = query.get('api-version')
  if (asked === null)
    throw new ArmFault('MissingApiVersionParameter', 'The api-version query parameter (?api-version=) is required for all requests.')
  if (asked !== apiVersion)
    throw new ArmFault('InvalidApiVersionParameter', `The api-version '${asked}' is invalid. The supported versions are '${apiVersion}'.`)
}

function checkSubscription(path: string, { subscription, groups }: World): void {
  const [, asked = ''] = /^\/subscriptions\/([^/]+)/i.exec(path) ?? []
  if (asked.toLowerCase() !== subscription.toLowerCase())
    throw new ArmFault('SubscriptionNotFound', `The subscription '${asked}' could not be found.`)
  const [, group] = /^\/subscriptions\/[^/]+\/resourceGroups\/([^/]+)/i.exec(path) ?? []
  if (group === undefined || groups.some((known) => known.toLowerCase() === group.toLowerCase())) return
  throw new ArmFault('ResourceGroupNotFound', `Resource group '${group}' could not be found.`)
}

function readBody(schema: NonNullable<Operation['request']>, text: string, { newer }: World): Fields {
  const value = parsed(text)
  const broken = breaches(schema, value, { direction: 'request', newer })
  const body = writable(schema, value)
  if (broken.length === 0 && isFields(body)) return body
  throw new ArmFault('InvalidRequestFormat', 'Cannot parse the request.', {
    details: broken.map(({ message }) => ({ code: 'InvalidJson', message })),
  })
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch {
    throw new ArmFault('InvalidRequestContent', 'The request content was invalid and could not be deserialized.')
  }
}
