import { BaseCommand } from '../base-command.ts'
import { runChecks } from '../check/run-checks.ts'
import type { CheckResult } from '../check/run-checks.ts'
import { socketFlag } from '../daemon.ts'
import { exitCodes } from '../failure.ts'
import { checkView } from '../views/check.ts'

/** What would stop this node from taking over, found before it is needed. */
export default class Check extends BaseCommand {
  static override summary = 'find what would stop this node from taking over'
  static override description =
    'Looks at the configuration, the secrets, the data folder, NATS, rights, every endpoint, the clock profile and the way to the other nodes. Changes nothing. Ends with 1 when there is an error.'
  static override examples = ['<%= config.bin %> check', '<%= config.bin %> check --config ./node.yaml --json']
  static override flags = { socket: socketFlag }

  async run(): Promise<CheckResult> {
    const { flags } = await this.parse(Check)
    const result = await runChecks(flags)
    for (const line of checkView(result)) this.log(line)
    if (!result.ok) process.exitCode = exitCodes.failed
    return result
  }
}
