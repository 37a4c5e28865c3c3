import { Args } from '@oclif/core'
import type { PlanAnswer } from '@movip/core/client'
import { BaseCommand } from '../base-command.ts'
import { clusterFile } from '../change.ts'
import { connect, socketFlag } from '../daemon.ts'
import { planView, planWithoutSecrets } from '../views/plan.ts'

/** What another configuration would do; changes nothing. */
export default class Plan extends BaseCommand {
  static override summary = 'show what a cluster.yaml would change and move'
  static override description =
    'The daemon checks the file and compares it with the configuration in force. Groups are placed as the coordinator would, by what this node knows. Changes nothing. Values under the names that secrets bear are not shown.'
  static override examples = ['<%= config.bin %> plan cluster.yaml', '<%= config.bin %> plan cluster.yaml --json']
  static override args = { file: Args.string({ description: 'the cluster.yaml that is wanted', required: true }) }
  static override flags = { socket: socketFlag }

  async run(): Promise<PlanAnswer> {
    const { args, flags } = await this.parse(Plan)
    const client = await connect(flags)
    const answer = await client.plan(await clusterFile(args.file))
    for (const line of planView(answer.plan)) this.log(line)
    return planWithoutSecrets(answer)
  }
}
