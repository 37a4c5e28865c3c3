import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** A value of an API call by the names that the SDK uses too. */
export type Value = string | number | boolean | Date | Uint8Array | readonly Value[] | Fields
export interface Fields {
  readonly [name: string]: Value | undefined
}

/** Where a member stands, and how it is called on the wire. */
interface Member {
  readonly shape: string
  readonly locationName?: string
  readonly queryName?: string
}

/** One type of the vendor's published model (botocore). */
export type Shape =
  | { readonly type: 'structure'; readonly members: Readonly<Record<string, Member>>; readonly required?: readonly string[] }
  | { readonly type: 'list'; readonly member: Member }
  | { readonly type: 'string'; readonly enum?: readonly string[]; readonly min?: number; readonly max?: number }
  | { readonly type: 'integer' | 'long'; readonly min?: number; readonly max?: number }
  | { readonly type: 'boolean' | 'timestamp' | 'blob' }

export interface Operation {
  readonly input?: { readonly shape: string }
  readonly output?: { readonly shape: string }
}

/** What a vendor publishes of an API of its own: `packages/lab/contracts`. */
export interface Contract {
  readonly metadata: { readonly apiVersion: string; readonly xmlNamespace: string; readonly endpointPrefix: string }
  readonly operations: Readonly<Record<string, Operation>>
  readonly shapes: Readonly<Record<string, Shape>>
  /** What each operation can be asked to filter by. */
  readonly 'x-filters': Readonly<Record<string, readonly { readonly name: string }[]>>
}

/** What a request or an answer has against the contract, at a member such as `Filters.0.Name`. */
export interface Breach {
  readonly kind: 'missing' | 'unknown' | 'wrong'
  readonly at: string
  readonly message: string
}

export const ec2 = read('aws/ec2-2016-11-15.json')

function read(file: string): Contract {
  return JSON.parse(readFileSync(fileURLToPath(new URL(`../../../contracts/${file}`, import.meta.url)), 'utf8')) as Contract
}

export function shapeOf(contract: Contract, name: string): Shape {
  const shape = contract.shapes[name]
  if (shape === undefined) throw new Error(`invariant: the contract names a shape ${name} and does not have it`)
  return shape
}

/** Everything in which a value is not of its shape; a structure may lack whatever is not required. */
export function breaches(contract: Contract, shapeName: string, value: Value, at = ''): readonly Breach[] {
  const shape = shapeOf(contract, shapeName)
  const below = (name: string | number): string => (at === '' ? String(name) : `${at}.${name}`)
  if (shape.type === 'list') {
    if (!Array.isArray(value)) return [{ kind: 'wrong', at, message: `${at}: expected a list` }]
    return (value as readonly Value[]).flatMap((item, index) => breaches(contract, shape.member.shape, item, below(index)))
  }
  if (shape.type !== 'structure') {
    const expected = expectedInstead(shape, value)
    return expected === null ? [] : [{ kind: 'wrong', at, message: `${at}: expected ${expected}` }]
  }
  if (!isFields(value)) return [{ kind: 'wrong', at, message: `${at}: expected a structure` }]
  const missing = (shape.required ?? []).filter((name) => value[name] === undefined)
  return [
    ...missing.map((name): Breach => ({ kind: 'missing', at: below(name), message: `${below(name)} is missing` })),
    ...Object.entries(value).flatMap(([name, member]): readonly Breach[] => {
      const known = shape.members[name]
      if (member === undefined) return []
      if (known === undefined) return [{ kind: 'unknown', at: below(name), message: `${below(name)} is not known` }]
      return breaches(contract, known.shape, member, below(name))
    }),
  ]
}

type Scalar = Exclude<Shape, { readonly type: 'structure' | 'list' }>

/** What a value should have been; null: it is. */
function expectedInstead(shape: Scalar, value: Value): string | null {
  switch (shape.type) {
    case 'string':
      if (typeof value !== 'string') return 'a text'
      if (shape.enum?.includes(value) === false) return `one of ${shape.enum.join(', ')}`
      return isWithin(value.length, shape) ? null : 'another length'
    case 'integer':
    case 'long':
      if (typeof value !== 'number' || !Number.isSafeInteger(value)) return 'a whole number'
      return isWithin(value, shape) ? null : `${shape.min ?? 'any'} to ${shape.max ?? 'any'}`
    case 'boolean':
      return typeof value === 'boolean' ? null : 'true or false'
    case 'timestamp':
      return value instanceof Date ? null : 'a time'
    case 'blob':
      return value instanceof Uint8Array ? null : 'bytes'
  }
}

function isWithin(value: number, { min = -Infinity, max = Infinity }: { readonly min?: number; readonly max?: number }): boolean {
  return value >= min && value <= max
}

export function isFields(value: Value | undefined): value is Fields {
  return typeof value === 'object' && !Array.isArray(value) && !(value instanceof Date) && !(value instanceof Uint8Array)
}
