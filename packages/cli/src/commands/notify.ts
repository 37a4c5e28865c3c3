import { Flags } from '@oclif/core'
import type { NotifyAnswer } from '@movip/core/client'
import { BaseCommand } from '../base-command.ts'
import { connect, socketFlag } from '../daemon.ts'
import { exitCodes } from '../failure.ts'
import { notifyView } from '../views/notify.ts'

/** Whether notifications arrive, before they are needed. */
export default class Notify extends BaseCommand {
  static override summary = 'send a test message to everybody who is told what happens'
  static override description =
    'Has the daemon of this node send one message to each target under notify: in cluster.yaml, once, and shows what each said. Ends with 1 when one of them did not take it.'
  static override examples = ['<%= config.bin %> notify --test', '<%= config.bin %> notify --test --json']
  static override flags = {
    test: Flags.boolean({ summary: 'send a test message', required: true }),
    socket: socketFlag,
  }

  async run(): Promise<NotifyAnswer> {
    const { flags } = await this.parse(Notify)
    const answer = await (await connect(flags)).testNotify()
    for (const line of notifyView(answer)) this.log(line)
    if (answer.targets.some(({ ok }) => !ok)) process.exitCode = exitCodes.failed
    return answer
  }
}
