import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { CommandError, exitCodes } from './failure.ts'
import { defaultConfig, machinePlaces } from './places.ts'

/** The few settings that a quick command needs. */
export interface LocalConfig {
  readonly socket: string
  /** `cluster.yaml` of the first start. */
  readonly bootstrap: string
}

/**
 * Reads what a quick command needs from node.yaml, leniently and without the schemas, which would cost more time than
 * the question to the daemon. `movip check` is for finding mistakes.
 */
export async function readLocalConfig(file: string): Promise<LocalConfig> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    const absent = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    if (absent && file === defaultConfig) return settings({}, file)
    throw new CommandError(
      {
        exitCode: exitCodes.failed,
        code: absent ? 'CONFIG_INVALID' : 'CONFIG_UNREADABLE',
        message: absent ? `${file}: there is no such file` : `${file} cannot be read`,
        fix: absent
          ? 'correct --config (or MOVIP_CONFIG), or name the socket with --socket'
          : 'check who may read it, or name the socket with --socket',
      },
      { cause: error },
    )
  }
  const { parse } = await import('yaml')
  try {
    return settings(parse(text, { logLevel: 'silent' }), file)
  } catch (error) {
    throw new CommandError(
      {
        exitCode: exitCodes.failed,
        code: 'CONFIG_INVALID',
        message: `${file} is no readable YAML`,
        fix: `see what is wrong with: movip check --config ${file}`,
      },
      { cause: error },
    )
  }
}

function settings(value: unknown, file: string): LocalConfig {
  const from = dirname(resolve(file))
  return {
    socket: resolve(from, text(at(at(value, 'api'), 'socket')) ?? machinePlaces.socket),
    bootstrap: resolve(from, text(at(value, 'bootstrap')) ?? 'cluster.yaml'),
  }
}

function at(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}
