import { Flags } from '@oclif/core'
import { BaseCommand } from '../base-command.ts'
import { runChecks } from '../check/run-checks.ts'
import type { CheckResult } from '../check/run-checks.ts'
import { socketFlag } from '../daemon.ts'
import { iamPolicies } from '../check/iam-policies.ts'
import type { PolicyOf } from '../check/iam-policy.ts'
import { CommandError, exitCodes } from '../failure.ts'
import { checkView } from '../views/check.ts'

/** What would stop this node from taking over, found before it is needed. */
export default class Check extends BaseCommand {
  static override summary = 'find what would stop this node from taking over'
  static override description =
    'Looks at the configuration, the secrets, the data folder, NATS, rights, every endpoint, the clock profile and the way to the other nodes. Changes nothing. Ends with 1 when there is an error.'
  static override examples = ['<%= config.bin %> check', '<%= config.bin %> check --config ./node.yaml --json']
  static override flags = {
    socket: socketFlag,
    'print-iam-policy': Flags.boolean({ description: 'print the least policy that the nodes need in AWS, and look at nothing else' }),
  }

  async run(): Promise<CheckResult | readonly PolicyOf[]> {
    const { flags } = await this.parse(Check)
    if (flags['print-iam-policy']) return this.printPolicies(await iamPolicies(flags.config))
    const result = await runChecks(flags)
    for (const line of checkView(result)) this.log(line)
    if (!result.ok) process.exitCode = exitCodes.failed
    return result
  }

  private printPolicies(policies: readonly PolicyOf[]): readonly PolicyOf[] {
    if (policies.length === 0)
      throw new CommandError({
        exitCode: exitCodes.failed,
        code: 'NOTHING_IN_AWS',
        message: 'no endpoint of this cluster is one of AWS',
        fix: 'none: no policy is needed',
      })
    for (const { role, policy } of policies) {
      this.logToStderr(role === null ? 'for the role of the nodes:' : `for the role ${role}, which the nodes take on:`)
      this.log(JSON.stringify(policy, null, 2))
    }
    return policies
  }
}
