import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** What goes over the wire. */
export type Json = string | number | boolean | null | readonly Json[] | Fields
export interface Fields {
  readonly [name: string]: Json | undefined
}

/** One type of a discovery document: like JSON Schema, with its own way to refer and to require. */
interface Schema {
  readonly $ref?: string
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean' | 'any'
  readonly format?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: Schema
  readonly items?: Schema
  readonly enum?: readonly string[]
  readonly annotations?: { readonly required?: readonly string[] }
}

interface Parameter {
  readonly location: 'path' | 'query'
  readonly type: string
  readonly required?: boolean
  readonly pattern?: string
  readonly enum?: readonly string[]
}

export interface Method {
  /** `compute.routes.insert` */
  readonly id: string
  readonly httpMethod: string
  /** `projects/{project}/global/routes` */
  readonly path: string
  readonly parameters?: Readonly<Record<string, Parameter>>
  readonly request?: Schema
  readonly response?: Schema
}

interface Discovery {
  readonly servicePath: string
  readonly parameters: Readonly<Record<string, Parameter>>
  readonly resources: Readonly<Record<string, { readonly methods: Readonly<Record<string, Method>> }>>
  readonly schemas: Readonly<Record<string, Schema>>
}

function published<Part extends object>(name: string): Part {
  return JSON.parse(readFileSync(fileURLToPath(new URL(`../../../contracts/gcp/${name}.v1.json`, import.meta.url)), 'utf8')) as Part
}
const discovery = published<Discovery>('compute')
const firewalls = published<Pick<Discovery, 'resources' | 'schemas'>>('firewalls')
const schemas: Discovery['schemas'] = { ...firewalls.schemas, ...discovery.schemas }

/** Comes before every path. */
export const servicePath = `/${discovery.servicePath}`
/** Those that every method takes. */
export const commonParameters = discovery.parameters
export const methods: readonly Method[] = [discovery, firewalls].flatMap(({ resources }) =>
  Object.values(resources).flatMap(({ methods: those }) => Object.values(those)),
)

/** What is wrong with a value, at a place such as `networkInterfaces[0].name`. */
export interface Breach {
  readonly kind: 'required' | 'invalid' | 'unknown'
  readonly at: string
  readonly message: string
}

/** Everything in which a value is not of its type. `method` decides what is required; null: nothing is, as in an answer. */
export function breaches(given: Schema, value: Json, method: string | null, at = ''): readonly Breach[] {
  const schema = given.$ref === undefined ? given : schemas[given.$ref]
  if (schema === undefined) throw new Error(`invariant: the contract names a type ${given.$ref ?? ''} and does not have it`)
  if (schema.type === 'any') return []
  if (schema.type === 'array')
    return Array.isArray(value)
      ? (value as readonly Json[]).flatMap((item, index) => breaches(schema.items ?? {}, item, method, `${at}[${index}]`))
      : [invalid(at, value, 'a list')]
  if (schema.type === 'object' || schema.properties !== undefined)
    return isFields(value) ? fieldBreaches(schema, value, method, at) : [invalid(at, value, 'an object')]
  return scalarBreaches(schema, value, at)
}

function fieldBreaches(
  { properties = {}, additionalProperties }: Schema,
  fields: Fields,
  method: string | null,
  at: string,
): readonly Breach[] {
  const below = (name: string): string => (at === '' ? name : `${at}.${name}`)
  const missing = Object.entries(properties).filter(
    ([name, { annotations }]) => method !== null && annotations?.required?.includes(method) === true && fields[name] === undefined,
  )
  return [
    ...missing.map(([name]): Breach => ({ kind: 'required', at: below(name), message: `Required field '${below(name)}' not specified` })),
    ...Object.entries(fields).flatMap(([name, value]): readonly Breach[] => {
      const known = properties[name] ?? additionalProperties
      if (value === undefined || value === null) return []
      if (known !== undefined) return breaches(known, value, method, below(name))
      return [
        {
          kind: 'unknown',
          at: below(name),
          message: `Invalid JSON payload received. Unknown name "${name}" at '${at}': Cannot find field.`,
        },
      ]
    }),
  ]
}

/** What has 64 bits travels as a string. */
const asString = new Set(['int64', 'uint64'])

function scalarBreaches({ type, format = '', enum: known }: Schema, value: Json, at: string): readonly Breach[] {
  const wanted = type === 'integer' || type === 'number' ? 'number' : (type ?? typeof value)
  if (typeof value !== wanted || (type === 'integer' && !Number.isInteger(value))) return [invalid(at, value, `a ${type ?? wanted}`)]
  if (asString.has(format) && !/^-?\d+$/.test(String(value as string))) return [invalid(at, value, `a ${format}`)]
  return known === undefined || known.includes(String(value as string)) ? [] : [invalid(at, value, `one of ${known.join(', ')}`)]
}

function invalid(at: string, value: Json, wanted: string): Breach {
  return { kind: 'invalid', at, message: `Invalid value for field '${at}': '${JSON.stringify(value)}'. Must be ${wanted}.` }
}

/** A field that is text; '' where it is not. */
export function textOf(fields: Fields | undefined, name: string): string {
  const value = fields?.[name]
  return typeof value === 'string' ? value : ''
}

export function isFields(value: Json | undefined): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
