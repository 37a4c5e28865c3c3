import { BaseCommand } from '../base-command.ts'
import { connect, socketFlag } from '../daemon.ts'
import { historyView, historyWithoutSecrets } from '../views/history.ts'
import type { HistoryResult } from '../views/history.ts'

/** The configurations of the cluster so far. */
export default class History extends BaseCommand {
  static override summary = 'show the last configurations (20 at most), when and by whom they came'
  static override description =
    'Every node keeps the same list. With --json each configuration is shown, without values under the names that secrets bear.'
  static override examples = ['<%= config.bin %> history', '<%= config.bin %> history --json']
  static override flags = { socket: socketFlag }

  async run(): Promise<HistoryResult> {
    const { flags } = await this.parse(History)
    const answer = await (await connect(flags)).history()
    for (const line of historyView(answer)) this.log(line)
    return historyWithoutSecrets(answer)
  }
}
