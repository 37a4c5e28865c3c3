import { Args, Flags } from '@oclif/core'
import type { MaintenanceAnswer } from '@movip/core/client'
import { BaseCommand } from '../base-command.ts'
import { whoAsks } from '../change.ts'
import { connect, socketFlag } from '../daemon.ts'

/** Automation off. */
export default class Pause extends BaseCommand {
  static override summary = 'switch automation off: a group, or all of them, stay where they are'
  static override description =
    'No failover either: whatever becomes of the holder, no other node takes the group until movip unpause. Its service is not restarted: whoever works on it may stop it. Leases go on, and movip switchover works.'
  static override examples = ['<%= config.bin %> pause', '<%= config.bin %> pause web --yes']
  static override args = { group: Args.string({ description: 'group; every one if absent' }) }
  static override flags = { yes: Flags.boolean({ char: 'y', summary: 'do not ask' }), socket: socketFlag }

  async run(): Promise<MaintenanceAnswer> {
    const { args, flags } = await this.parse(Pause)
    const client = await connect(flags)
    const what = args.group ?? 'every group'
    await this.confirm(`Let ${what} fail over no more until movip unpause?`, flags.yes)
    const answer = await client.maintain({ action: 'pause', group: args.group ?? null, by: whoAsks() })
    this.log(`${what} stays where it is until movip unpause; there is no failover`)
    return answer
  }
}
