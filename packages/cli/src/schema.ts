import { clusterJsonSchema, nodeJsonSchema, ownKindNames, resolvePlugins } from '@movip/core/config'

/** The files that have a schema. */
export const schemaNames = ['node', 'cluster'] as const
export type SchemaName = (typeof schemaNames)[number]

/** What the schema of a file is called where it stands beside it. */
export function schemaFile(name: SchemaName): string {
  return `${name}.schema.json`
}

/** The schema of one of the two files as JSON, with the options of all backends that are installed. */
export async function schemaText(name: SchemaName): Promise<string> {
  const schema = name === 'node' ? nodeJsonSchema() : clusterJsonSchema((await resolvePlugins(ownKindNames)).plugins)
  return `${JSON.stringify(schema, null, 2)}\n`
}
