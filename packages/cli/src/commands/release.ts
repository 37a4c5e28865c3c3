import { Flags } from '@oclif/core'
import { BaseCommand } from '../base-command.ts'
import { socketFlag } from '../daemon.ts'
import { exitCodes } from '../failure.ts'
import { releaseEverything } from '../release.ts'
import type { ReleaseResult } from '../release.ts'
import { releaseView } from '../views/release.ts'

/** The local emergency exit. */
export default class Release extends BaseCommand {
  static override summary = 'emergency: give up everything on this node now'
  static override description =
    'Asks the daemon first, for one second; then takes down what is left on this machine itself. Works without a daemon and beside a frozen one. The daemon takes nothing more until its next start.'
  static override examples = [
    '<%= config.bin %> release',
    '<%= config.bin %> release --yes',
    '<%= config.bin %> release --cluster shop --yes',
  ]
  static override flags = {
    cluster: Flags.string({ summary: 'name of the cluster, where cluster.yaml cannot be read', helpValue: 'name' }),
    yes: Flags.boolean({ char: 'y', summary: 'do not ask' }),
    socket: socketFlag,
  }

  async run(): Promise<ReleaseResult> {
    const { flags } = await this.parse(Release)
    await this.confirm('Take down every address that this node holds, now?', flags.yes)
    const result = await releaseEverything(flags)
    for (const line of releaseView(result)) this.log(line)
    if (result.problems.length > 0) process.exitCode = exitCodes.failed
    return result
  }
}
