import type { Request } from '../control-plane.ts'
import { breaches, commonParameters, methods, servicePath } from './contract.ts'
import type { Fields, Json, Method } from './contract.ts'
import { GcpFault } from './fault.ts'

/** One call, read by the contract. */
export interface Call {
  /** `compute.routes.insert` */
  readonly action: string
  readonly method: Method
  /** Below the project: `global/routes`. */
  readonly path: string
  readonly parameters: Readonly<Record<string, string>>
  readonly body: Fields
  readonly input: Fields
}

const known = methods.map((method) => ({ method, form: formOf(method) }))

/** A form with a group for each parameter, such as `^projects/(?<project>[^/]+)/global/routes$`. */
function formOf({ path }: Method): RegExp {
  return new RegExp(`^${path.replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`)
}

/** Throws `GcpFault` as the service refuses it. */
export function readCall({ method: verb, path: url, body }: Request, project: string): Call {
  const { pathname, searchParams } = new URL(url, 'http://compute')
  const path = decodeURIComponent(pathname.startsWith(servicePath) ? pathname.slice(servicePath.length) : '')
  const one = known.find(({ method, form }) => method.httpMethod === verb && form.test(path))
  if (one === undefined) throw new GcpFault('notFound', `The requested URL ${pathname} was not found on this server.`)
  const { method, form } = one
  const named: Readonly<Record<string, string>> = { ...form.exec(path)?.groups }
  if (named['project'] !== project) throw new GcpFault('forbidden', `Required permission for 'projects/${named['project'] ?? ''}'`)
  const parameters = { ...named, ...Object.fromEntries(searchParams) }
  refuseParameters(method, parameters)
  const fields = bodyOf(method, body)
  return {
    action: method.id,
    method,
    path: path.replace(/^projects\/[^/]+\/?/, ''),
    parameters,
    body: fields,
    input: { ...parameters, ...fields },
  }
}

function refuseParameters({ parameters: own = {} }: Method, given: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(given)) {
    const parameter = own[name] ?? commonParameters[name]
    if (parameter === undefined) throw new GcpFault('invalid', `Invalid query parameter '${name}'`)
    const { pattern, enum: values } = parameter
    if (pattern !== undefined && !new RegExp(`^(?:${pattern})$`).test(value))
      throw new GcpFault('invalid', `Invalid value for field '${name}': '${value}'. Must be a match of regex '${pattern}'`)
    if (values?.includes(value) === false) throw new GcpFault('invalid', `Invalid value for '${name}': '${value}'`)
  }
  const missing = Object.entries(own).find(([name, { required }]) => required === true && given[name] === undefined)
  if (missing !== undefined) throw new GcpFault('required', `Required parameter '${missing[0]}' not specified`)
}

function bodyOf({ id, request }: Method, text: string): Fields {
  if (request === undefined) return {}
  // Google's client sends an empty text where it has nothing to say.
  const value = parsed(text === '' || text === '""' ? '{}' : text)
  const all = breaches(request, value, id)
  // A document is read before anything of it is judged.
  const broken = all.find(({ kind }) => kind === 'unknown') ?? all.find(({ kind }) => kind === 'invalid') ?? all[0]
  if (broken !== undefined) throw new GcpFault(broken.kind === 'required' ? 'required' : 'invalid', broken.message)
  return value as Fields
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch {
    throw new GcpFault('badRequest', 'Invalid JSON payload received.')
  }
}
