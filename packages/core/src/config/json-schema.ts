import { z } from 'zod'
import { checkKinds } from '../checks/kinds.ts'
import { checkEntrySchema } from './check-schema.ts'
import { clusterFileSchema, endpointEntrySchema } from './cluster-schema.ts'
import { nodeFileSchema } from './node-file.ts'
import type { LoadedKind, PluginMap } from './plugins.ts'

type JsonSchema = Record<string, unknown>

/** JSON Schema of `node.yaml`, for editors. */
export function nodeJsonSchema(): JsonSchema {
  return jsonSchema(nodeFileSchema)
}

/** JSON Schema of `cluster.yaml` with the options of the given backends. */
export function clusterJsonSchema(plugins: PluginMap): JsonSchema {
  const schema = jsonSchema(clusterFileSchema)
  const endpoints = at(schema, 'properties', 'groups', 'additionalProperties', 'properties', 'endpoints')
  Object.assign(at(schema, 'properties', 'groups', 'additionalProperties', 'properties', 'checks'), checksSchema())
  if (plugins.size > 0) endpoints['items'] = { anyOf: [...plugins].map(([backend, loaded]) => endpointSchema(backend, loaded)) }
  return schema
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
function checksSchema(): JsonSchema {
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
  const typed = kinds.map(([kind, { schema }]) => of(kind, schema, true))
  const named = kinds.map(([kind, { schema }]) => [kind, { anyOf: [of(kind, schema, false), ...typed] }])
  return { properties: Object.fromEntries(named), additionalProperties: { anyOf: typed } }
}

function jsonSchema(schema: z.ZodType): JsonSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
  return rest
}

function at(schema: JsonSchema, ...path: string[]): JsonSchema {
  let inner: unknown = schema
  for (const key of path) inner = typeof inner === 'object' && inner !== null ? (inner as JsonSchema)[key] : undefined
  return typeof inner === 'object' && inner !== null ? (inner as JsonSchema) : {}
}
