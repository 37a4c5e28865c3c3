import { readFile } from 'node:fs/promises'
import { parse } from 'yaml'
import { loadClusterSpec } from '../config/load.ts'
import type { NodeConfig } from '../config/types.ts'
import type { ClusterSpec, Stored } from '../model/index.ts'

/** The configuration of a new cluster; null when this node has a folder of one already. */
export async function bootstrapSpec(node: NodeConfig, hasFolder: boolean): Promise<ClusterSpec | null> {
  return hasFolder ? null : loadClusterSpec(node.bootstrap, node.node)
}

/** The folder of another cluster is refused by its name; of the file nothing else counts once there is a folder. */
export async function clusterName(node: NodeConfig, spec: ClusterSpec | null): Promise<string> {
  if (spec !== null) return spec.name
  const file: unknown = parse(await readFile(node.bootstrap, 'utf8'))
  const name = typeof file === 'object' && file !== null && 'cluster' in file ? file.cluster : null
  if (typeof name !== 'string')
    throw new Error(`${node.bootstrap} does not name its cluster; it must say cluster: <name>, as at the first start`)
  return name
}

/** What a new folder begins with. */
export function need(spec: ClusterSpec | null): ClusterSpec {
  if (spec === null) throw new Error('the data folder was emptied while it was being opened; start again')
  return spec
}

/** The configuration that counts, committed or not. */
export function latestSpec(stored: Stored): ClusterSpec {
  const entry = stored.entries.findLast(({ body }) => body.type === 'cluster')
  return entry?.body.type === 'cluster' ? entry.body.spec : stored.snapshot.state.spec
}

/** Every configuration that an earlier life on this folder may have applied, as far as the folder knows. */
export function earlierSpecs({ snapshot, entries }: Stored): readonly ClusterSpec[] {
  const { history = [], spec } = snapshot.state
  return [...history.map((past) => past.spec), spec, ...entries.flatMap(({ body }) => (body.type === 'cluster' ? [body.spec] : []))]
}
