import { writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { Flags } from '@oclif/core'
import { BaseCommand } from '../base-command.ts'
import { connect, socketFlag } from '../daemon.ts'
import { CommandError, exitCodes } from '../failure.ts'
import type { Bundle } from '../support/bundle.ts'

/** What `movip support` returns. */
interface SupportResult extends Pick<Bundle, 'parts' | 'missing'> {
  readonly schemaVersion: 1
  readonly file: string
}

/** What somebody else needs to see what is wrong. */
export default class Support extends BaseCommand {
  static override summary = 'write what helps somebody else to help, without secrets'
  static override description =
    'One JSON file with versions, node.yaml, the configuration of the cluster, status, moves and events. The contents of secret files are never in it. Without a daemon it holds what can be had all the same. Look at it before you hand it on: names and addresses of your machines are in it.'
  static override examples = ['<%= config.bin %> support', '<%= config.bin %> support --output /tmp/paris-1.json']
  static override flags = {
    output: Flags.string({ char: 'o', summary: 'file to write; it must not exist', helpValue: 'file' }),
    socket: socketFlag,
  }

  async run(): Promise<SupportResult> {
    const { flags } = await this.parse(Support)
    const { makeBundle } = await import('../support/bundle.ts')
    const { text, parts, missing } = await makeBundle({
      config: flags.config,
      version: this.config.version,
      client: () => connect(flags),
    })
    const file = flags.output ?? `movip-support-${hostname()}-${new Date().toISOString().replaceAll(/[-:]|\..*/g, '')}.json`
    await write(file, text)
    for (const { part, why } of missing) this.logToStderr(`movip: ${part} is missing in it: ${why}`)
    this.log(`wrote ${file}: ${parts.filter((part) => missing.every((gap) => gap.part !== part)).join(', ')}`)
    return { schemaVersion: 1, file, parts, missing }
  }
}

/** Readable by its owner only; nothing is written over. */
async function write(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { flag: 'wx', mode: 0o600 })
  } catch (error) {
    const exists = error instanceof Error && 'code' in error && error.code === 'EEXIST'
    throw new CommandError(
      {
        exitCode: exists ? exitCodes.usage : exitCodes.failed,
        code: exists ? 'FILE_EXISTS' : 'FILE_UNWRITABLE',
        message: exists ? `${file} is there already` : `${file} cannot be written`,
        fix: exists ? 'name another with --output' : 'name a file in a folder that you may write to with --output',
      },
      { cause: error },
    )
  }
}
