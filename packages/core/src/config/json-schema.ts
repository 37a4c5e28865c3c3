import { z } from 'zod'
import { checkKinds } from '../checks/kinds.ts'
import { checkEntrySchema } from './check-schema.ts'
import { clusterFileSchema, endpointEntrySchema } from './cluster-schema.ts'
import { nodeFileSchema } from './node-file.ts'
import type { LoadedKind, PluginMap } from './plugins.ts'

type JsonSchema = Record<string, unknown>

/** The draft that editors know. */
const draft = { $schema: 'http://json-schema.org/draft-07/schema#' }

/** JSON Schema of `node.yaml`, for editors. */
export function nodeJsonSchema(): JsonSchema {
  return { ...draft, title: 'node.yaml of movip', ...jsonSchema(nodeFileSchema) }
}

/** JSON Schema of `cluster.yaml` with the options of the given backends. */
export function clusterJsonSchema(plugins: PluginMap): JsonSchema {
  const schema = jsonSchema(clusterFileSchema)
  const endpoints = at(schema, 'properties', 'groups', 'additionalProperties', 'properties', 'endpoints')
  const { typed, ...checks } = checksSchema()
  Object.assign(at(schema, 'properties', 'groups', 'additionalProperties', 'properties', 'checks'), checks)
  if (plugins.size > 0) endpoints['items'] = { anyOf: [...[...plugins].map(([name, loaded]) => endpointSchema(name, loaded)), foreign()] }
  return { ...draft, title: 'cluster.yaml of movip', ...schema, definitions: { check: typed } }
}

/** An endpoint of a backend that is none of movip's own: its options are known to its package alone. */
function foreign(): JsonSchema {
  const endpoint = jsonSchema(endpointEntrySchema)
  return { ...endpoint, properties: { ...at(endpoint, 'properties'), backend: { type: 'string', pattern: '#' } } }
}

/** The options of one backend beside what every endpoint has. Merged by hand: options are strict and would refuse `at` and `backend`. */
function endpointSchema(backend: string, { kind }: LoadedKind): JsonSchema {
  const options = jsonSchema(kind.schema)
  const common = at(jsonSchema(endpointEntrySchema), 'properties')
  const required = Array.isArray(options['required']) ? options['required'] : []
  return {
    ...options,
    properties: { ...common, backend: { const: backend }, ...at(options, 'properties') },
    required: ['backend', ...required],
  }
}

/** A check that has the name of a kind need not say its type; any other must. */
function checksSchema(): Record<'properties' | 'additionalProperties' | 'typed', JsonSchema> {
  const common = at(jsonSchema(checkEntrySchema), 'properties')
  const of = (kind: string, schema: z.ZodType, mustSay: boolean): JsonSchema => {
    const options = jsonSchema(schema)
    const required = Array.isArray(options['required']) ? options['required'] : []
    return {
      ...options,
      properties: { ...common, type: { const: kind }, ...at(options, 'properties') },
      required: [...(mustSay ? ['type'] : []), ...required],
    }
  }
  const kinds = [...checkKinds]
  const typed = { anyOf: kinds.map(([kind, { schema }]) => of(kind, schema, true)) }
  // Said once and referred to: every kind may stand under the name of every other.
  const anyTyped = { $ref: '#/definitions/check' }
  const named = kinds.map(([kind, { schema }]) => [kind, { anyOf: [of(kind, schema, false), anyTyped] }])
  return { properties: Object.fromEntries(named) as JsonSchema, additionalProperties: anyTyped, typed }
}

function jsonSchema(schema: z.ZodType): JsonSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input', target: 'draft-7', unrepresentable: 'any' })
  return rest
}

function at(schema: JsonSchema, ...path: string[]): JsonSchema {
  let inner: unknown = schema
  for (const key of path) inner = typeof inner === 'object' && inner !== null ? (inner as JsonSchema)[key] : undefined
  return typeof inner === 'object' && inner !== null ? (inner as JsonSchema) : {}
}
