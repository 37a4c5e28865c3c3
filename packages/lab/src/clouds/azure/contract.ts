import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** What goes over the wire. */
export type Json = string | number | boolean | null | readonly Json[] | Fields
export interface Fields {
  readonly [name: string]: Json | undefined
}

/** One type of the vendor's published contract: JSON Schema, as far as the contract uses it. */
export interface Schema {
  readonly $ref?: string
  readonly type?: 'object' | 'array' | 'string' | 'number' | 'boolean'
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | Schema
  readonly items?: Schema
  readonly readOnly?: boolean
  readonly enum?: readonly string[]
  readonly 'x-known-values'?: readonly string[]
}

export interface Operation {
  readonly id: string
  readonly method: string
  readonly path: string
  readonly statuses: readonly number[]
  readonly longRunning?: { readonly finalResult: string }
  readonly request?: Schema
  readonly response?: Schema
}

interface Contract {
  readonly 'x-source': { readonly apiVersion: string }
  readonly operations: readonly Operation[]
  readonly definitions: Readonly<Record<string, Schema>>
}

const file = '../../../contracts/azure/network-2026-01-01.json'
const contract = JSON.parse(readFileSync(fileURLToPath(new URL(file, import.meta.url)), 'utf8')) as Contract

export const apiVersion = contract['x-source'].apiVersion
export const operations = contract.operations

/** What a document has against the contract, at a place such as `properties.routes[0].name`. */
export interface Breach {
  readonly at: string
  readonly message: string
}

/** Requests are held to the values that this version knows; of answers the contract says that there may be more. */
export type Direction = 'request' | 'answer'

export interface Check {
  readonly direction: Direction
  /** Names of fields that the service has beyond what is published. */
  readonly newer: readonly string[]
}

export function schemaOf(name: string): Schema {
  return resolved({ $ref: `#/definitions/${name}` })
}

export function resolved(schema: Schema): Schema {
  if (schema.$ref === undefined) return schema
  const name = schema.$ref.slice('#/definitions/'.length)
  const found = contract.definitions[name]
  if (found === undefined) throw new Error(`invariant: the contract names a type ${name} and does not have it`)
  return found
}

/** Everything in which a value is not of its type. */
export function breaches(given: Schema, value: Json, check: Check, at = ''): readonly Breach[] {
  const schema = resolved(given)
  if (schema.type === 'array') {
    if (!Array.isArray(value)) return [{ at, message: `${at} must be a list` }]
    const { items = {} } = schema
    return (value as readonly Json[]).flatMap((item, index) => breaches(items, item, check, `${at}[${index}]`))
  }
  if (schema.type === 'object')
    return isFields(value) ? fieldBreaches(schema, value, check, at) : [{ at, message: `${at} must be an object` }]
  const message = scalarBreach(schema, value, check)
  return message === null ? [] : [{ at, message: `Error converting value '${String(value as string)}'. Path '${at}': ${message}` }]
}

function fieldBreaches(schema: Schema, fields: Fields, check: Check, at: string): readonly Breach[] {
  const { properties = {}, additionalProperties = false, required = [] } = schema
  const below = (name: string): string => (at === '' ? name : `${at}.${name}`)
  const missing = required.filter((name) => fields[name] === undefined)
  return [
    ...missing.map((name) => ({ at: below(name), message: `Required property '${name}' not found. Path '${below(name)}'` })),
    ...Object.entries(fields).flatMap(([name, value]): readonly Breach[] => {
      const known = properties[name] ?? (typeof additionalProperties === 'object' ? additionalProperties : undefined)
      if (value === undefined || value === null) return []
      if (known !== undefined) return breaches(known, value, check, below(name))
      if (additionalProperties === true || check.newer.includes(name)) return []
      return [{ at: below(name), message: `Could not find member '${name}' on object. Path '${below(name)}'` }]
    }),
  ]
}

function scalarBreach({ type, enum: only, 'x-known-values': known }: Schema, value: Json, { direction }: Check): string | null {
  if (type !== undefined && typeof value !== type) return `expected a ${type}`
  const values = direction === 'request' ? (only ?? known) : only
  return values === undefined || values.includes(String(value as string)) ? null : `expected one of ${values.join(', ')}`
}

/** What a request may say of a document: without what only the service says, and without what is null. */
export function writable(given: Schema, value: Json): Json {
  const schema = resolved(given)
  if (Array.isArray(value)) return (value as readonly Json[]).map((item) => writable(schema.items ?? {}, item))
  if (!isFields(value)) return value
  const kept = Object.entries(value).flatMap(([name, member]) => {
    const known = schema.properties?.[name]
    if (member === undefined || member === null || known?.readOnly === true) return []
    return [[name, writable(known ?? {}, member)]]
  })
  return Object.fromEntries(kept) as Fields
}

export function isFields(value: Json | undefined): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
