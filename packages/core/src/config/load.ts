import { readFile } from 'node:fs/promises'
import type { ClusterSpec } from '../model/index.ts'
import { backendsNamed, clusterSpecFromText } from './cluster-file.ts'
import { nodeConfigFromText } from './node-file.ts'
import { resolvePlugins } from './plugins.ts'
import type { PluginMap } from './plugins.ts'
import { ConfigError } from './problem.ts'
import type { NodeConfig } from './types.ts'

/** Reads a `node.yaml`. Throws `ConfigError` with all its problems. */
export async function loadNodeConfig(path: string): Promise<NodeConfig> {
  return nodeConfigFromText(await readText(path), path)
}

/**
 * Reads a `cluster.yaml` as that node, whose machine this is. Without `plugins` it loads those that the file names. Throws `ConfigError` with all
 * its problems.
 */
export async function loadClusterSpec(path: string, node?: string, plugins?: PluginMap): Promise<ClusterSpec> {
  const text = await readText(path)
  return clusterSpecFromText(text, path, plugins === undefined ? await resolvePlugins(backendsNamed(text)) : { plugins }, node)
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    const message = code === 'ENOENT' ? 'there is no such file' : `the file cannot be read (${code})`
    const fix = code === 'ENOENT' ? 'name another file, or write one with: movip init' : 'check who may read the file'
    throw new ConfigError([{ file: path, line: 1, column: 1, path: '', found: 'nothing', expected: 'a readable file', message, fix }], {
      cause: error,
    })
  }
}
