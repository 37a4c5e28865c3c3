import { Args, Flags } from '@oclif/core'
import { BaseCommand } from '../base-command.ts'
import { change, clusterFile, versionFrom } from '../change.ts'
import type { ChangeResult } from '../change.ts'
import { connect, socketFlag } from '../daemon.ts'
import { changeView } from '../views/change.ts'
import { planView } from '../views/plan.ts'

/** Another configuration for the whole cluster. */
export default class Apply extends BaseCommand {
  static override summary = 'bring a cluster.yaml into force on every node'
  static override description =
    'Shows the plan, asks, and commits it through the log; several voters are added or removed one at a time. Refused where somebody else has changed the configuration since the plan.'
  static override examples = [
    '<%= config.bin %> apply cluster.yaml',
    '<%= config.bin %> apply cluster.yaml --yes --version 12',
    '<%= config.bin %> apply cluster.yaml --yes --json',
  ]
  static override args = { file: Args.string({ description: 'the cluster.yaml that is wanted', required: true }) }
  static override flags = {
    version: Flags.string({ summary: 'only if this version is in force, as movip plan has shown it', helpValue: 'N' }),
    yes: Flags.boolean({ char: 'y', summary: 'do not ask' }),
    socket: socketFlag,
  }

  async run(): Promise<ChangeResult> {
    const { args, flags } = await this.parse(Apply)
    const client = await connect(flags)
    const result = await change(client, {
      target: await clusterFile(args.file),
      version: flags.version === undefined ? undefined : versionFrom(flags.version),
      agree: async (plan) => {
        for (const line of planView(plan)) this.log(line)
        if (plan.changes.length > 0) await this.confirm('Apply this to the whole cluster?', flags.yes)
      },
      tell: (line) => this.log(line),
    })
    for (const line of changeView(result)) this.log(line)
    return result
  }
}
