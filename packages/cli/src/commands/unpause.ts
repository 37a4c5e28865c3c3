import { Args } from '@oclif/core'
import type { MaintenanceAnswer } from '@movip/core/client'
import { BaseCommand } from '../base-command.ts'
import { whoAsks } from '../change.ts'
import { connect, socketFlag } from '../daemon.ts'

/** Automation on again. */
export default class Unpause extends BaseCommand {
  static override summary = 'switch automation on again, for a group or for all of them'
  static override description =
    'Without a group everything that was paused is in the hands of movip again, also groups that were paused by name.'
  static override examples = ['<%= config.bin %> unpause', '<%= config.bin %> unpause web']
  static override args = { group: Args.string({ description: 'group; every one if absent' }) }
  static override flags = { socket: socketFlag }

  async run(): Promise<MaintenanceAnswer> {
    const { args, flags } = await this.parse(Unpause)
    const client = await connect(flags)
    const answer = await client.maintain({ action: 'unpause', group: args.group ?? null, by: whoAsks() })
    this.log(`${args.group ?? 'every group'} is in the hands of movip again`)
    return answer
  }
}
