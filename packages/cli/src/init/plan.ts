import { resolve } from 'node:path'
import { backendsNamed, clusterSpecFromText, ConfigError, nodeConfigFromText, resolvePlugins } from '@movip/core/config'
import { CommandError, exitCodes } from '../failure.ts'
import { clusterYaml, nodeYaml } from './files.ts'
import type { Answers } from './answers.ts'
import { systemdUnit } from './systemd-unit.ts'

/** One file that `movip init` writes. */
export interface PlannedFile {
  readonly path: string
  readonly text: string
  readonly mode: number
}

export interface InitOptions {
  readonly dir: string
  readonly unitDir: string
  readonly data: string
  /** How the daemon is started, for the systemd unit. */
  readonly command: readonly string[]
}

/** All files but the secret. They have been read by the loader as the daemon will read them. */
export async function planFiles(answers: Answers, options: InitOptions): Promise<PlannedFile[]> {
  const at = (name: string): string => resolve(options.dir, name)
  const cluster = { path: at('cluster.yaml'), text: clusterYaml(answers), mode: 0o644 }
  const node = { path: at('node.yaml'), text: nodeYaml(answers, options.data), mode: 0o644 }
  const plugins = await resolvePlugins(backendsNamed(cluster.text))
  readable(() => clusterSpecFromText(cluster.text, cluster.path, plugins))
  readable(() => nodeConfigFromText(node.text, node.path))
  const unit = systemdUnit({ command: [...options.command, 'run', '--config', node.path], data: options.data })
  return [cluster, node, { path: resolve(options.unitDir, 'movip.service'), text: unit, mode: 0o644 }]
}

function readable(read: () => unknown): void {
  try {
    read()
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
