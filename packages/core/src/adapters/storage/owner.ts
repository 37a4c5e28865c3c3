import type { Meta } from './contents.ts'
import { StorageError } from './error.ts'

/** Refuses the folder of another node or cluster. */
export function checkOwner(folder: string, meta: Meta, { node, cluster }: { readonly node: string; readonly cluster: string }): void {
  if (meta.cluster === cluster && meta.node === node) return
  throw new StorageError(
    'STORAGE_FOREIGN',
    `the data folder ${folder} belongs to node "${meta.node}" of cluster "${meta.cluster}", not to node "${node}" of cluster "${cluster}"`,
    'name the folder of this node as `data` in node.yaml, or correct `node` there',
  )
}
