import { Args, Flags } from '@oclif/core'
import { BaseCommand } from '../base-command.ts'
import { change, versionFrom } from '../change.ts'
import type { ChangeResult } from '../change.ts'
import { connect, socketFlag } from '../daemon.ts'
import { changeView } from '../views/change.ts'
import { planView } from '../views/plan.ts'

/** An earlier configuration again. */
export default class Rollback extends BaseCommand {
  static override summary = 'bring an earlier configuration back into force'
  static override description =
    'Like apply, with a version that movip history shows instead of a file. It becomes a new version; nothing is forgotten.'
  static override examples = ['<%= config.bin %> rollback 12', '<%= config.bin %> rollback 12 --yes']
  static override args = { version: Args.string({ description: 'version to go back to', required: true }) }
  static override flags = { yes: Flags.boolean({ char: 'y', summary: 'do not ask' }), socket: socketFlag }

  async run(): Promise<ChangeResult> {
    const { args, flags } = await this.parse(Rollback)
    const version = versionFrom(args.version)
    const client = await connect(flags)
    const result = await change(client, {
      target: { version },
      version: undefined,
      agree: async (plan) => {
        for (const line of planView(plan)) this.log(line)
        if (plan.changes.length > 0) await this.confirm(`Go back to version ${version}?`, flags.yes)
      },
      tell: (line) => this.log(line),
    })
    for (const line of changeView(result)) this.log(line)
    return result
  }
}
