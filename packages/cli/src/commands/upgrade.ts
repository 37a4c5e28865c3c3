import { resolve } from 'node:path'
import { Flags } from '@oclif/core'
import { BaseCommand } from '../base-command.ts'
import { connect, socketFlag } from '../daemon.ts'
import { exitCodes } from '../failure.ts'
import { upgrade } from '../upgrade.ts'
import type { UpgradeResult } from '../upgrade.ts'
import { upgradeView } from '../views/upgrade.ts'

/** The daemon of this node replaced in its place. */
export default class Upgrade extends BaseCommand {
  static override summary = 'replace the running daemon of this node without moving anything'
  static override description =
    'The new program first rehearses its start beside the daemon, which refuses where that fails or would take too long for the lease, and while a group is on its way. Then it takes the place of the daemon in its process, and goes on with leases, addresses and services. Without --program the daemon is replaced by its own program, as it is on the disk by now.'
  static override examples = ['<%= config.bin %> upgrade', '<%= config.bin %> upgrade --program /opt/movip-0.2/bin/run.js']
  static override flags = {
    program: Flags.string({ summary: 'another movip to run from now on, until the next start', helpValue: 'path' }),
    socket: socketFlag,
  }

  async run(): Promise<UpgradeResult> {
    const { flags } = await this.parse(Upgrade)
    const client = await connect(flags)
    const result = await upgrade(client, flags.program === undefined ? undefined : resolve(flags.program))
    for (const line of upgradeView(result)) this.log(line)
    if (result.lost !== null) process.exitCode = exitCodes.failed
    return result
  }
}
