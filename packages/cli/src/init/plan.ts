import { resolve } from 'node:path'
import { backendsNamed, clusterSpecFromText, ConfigError, nodeConfigFromText, resolvePlugins } from '@movip/core/config'
import { CommandError, exitCodes } from '../failure.ts'
import type { Places } from '../places.ts'
import { nodeYaml } from './files.ts'
import type { NodeFileParts } from './files.ts'
import { startedServices } from '../started-services.ts'
import { schemaFile, schemaText } from '../schema.ts'
import { systemdUnit, userUnit } from './systemd-unit.ts'

/** One file that `movip init` writes. */
export interface PlannedFile {
  readonly path: string
  readonly text: string
  readonly mode: number
}

/** What the files of one node are made of. */
export interface NodePlan extends Pick<NodeFileParts, 'node' | 'address' | 'interface'> {
  /** The text of `cluster.yaml`. */
  readonly cluster: string
}

/** All files but the secret. They have been read by the loader as the daemon will read them. */
export async function planFiles(plan: NodePlan, places: Places, command: readonly string[]): Promise<PlannedFile[]> {
  const { data, socket } = places
  const at = (name: string): string => resolve(places.dir, name)
  const cluster = { path: at('cluster.yaml'), text: plan.cluster, mode: 0o644 }
  const node = { path: at('node.yaml'), text: nodeYaml({ ...plan, data, socket }), mode: 0o644 }
  const plugins = await resolvePlugins(backendsNamed(cluster.text))
  const spec = readable(() => clusterSpecFromText(cluster.text, cluster.path, plugins))
  readable(() => nodeConfigFromText(node.text, node.path))
  const run = { command: [...command, 'run', '--config', node.path], data }
  const unit = places.of === 'user' ? userUnit(run) : systemdUnit({ ...run, startsServices: startedServices(plan.node, spec).length > 0 })
  const schemas = (['node', 'cluster'] as const).map(async (name) => ({
    path: at(schemaFile(name)),
    text: await schemaText(name),
    mode: 0o644,
  }))
  return [cluster, node, { path: resolve(places.unitDir, 'movip.service'), text: unit, mode: 0o644 }, ...(await Promise.all(schemas))]
}

/** What was read, or in the answers' terms why it cannot be. */
export function readable<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    throw new CommandError(
      {
        exitCode: exitCodes.usage,
        code: 'CONFIG_INVALID',
        message: `these answers make no configuration that works; nothing was written. In the files as they would be:\n${error.message}`,
        fix: 'correct the flags and run it again',
        details: { problems: error.problems },
      },
      { cause: error },
    )
  }
}
