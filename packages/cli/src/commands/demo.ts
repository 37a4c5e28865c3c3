import { Flags } from '@oclif/core'
import type { DemoResult } from '@movip/lab'
import { BaseCommand } from '../base-command.ts'
import { CommandError, exitCodes } from '../failure.ts'

/** What a newcomer sees first. */
export default class Demo extends BaseCommand {
  static override summary = 'break a cluster of three nodes on this machine, and see what a client loses'
  static override description =
    'Runs three real daemons in network namespaces, which are gone afterwards: in one LAN, or in a cloud of the lab. Nothing outside them is touched. Ends with 1 if two nodes ever answered at once.'
  static override examples = [
    '<%= config.bin %> demo',
    '<%= config.bin %> demo --rounds 3 --json',
    '<%= config.bin %> demo --scenario kill9 --scenario freeze',
    '<%= config.bin %> demo --site aws',
  ]
  static override flags = {
    rounds: Flags.integer({ summary: 'how often each scenario is played', default: 1, min: 1, max: 100, helpValue: 'number' }),
    site: Flags.string({ summary: 'where the nodes are', options: ['lan', 'aws'], default: 'lan' }),
    scenario: Flags.string({ summary: 'play this one; several may be given', multiple: true, multipleNonGreedy: true, helpValue: 'name' }),
  }

  async run(): Promise<DemoResult & { readonly schemaVersion: 1 }> {
    const { flags } = await this.parse(Demo)
    const { runDemo } = await import('@movip/lab').catch(explainMissing)
    const result = await runDemo({
      json: this.jsonEnabled(),
      site: flags.site === 'aws' ? 'aws' : 'lan',
      rounds: flags.rounds,
      ...(flags.scenario === undefined ? {} : { scenarios: flags.scenario }),
    })
    if (result.scenarios.some(({ dualHolderMs }) => dualHolderMs > 0)) process.exitCode = exitCodes.failed
    return { schemaVersion: 1, ...result }
  }
}

function explainMissing(error: unknown): never {
  if (!(error instanceof Error) || !('code' in error) || error.code !== 'ERR_MODULE_NOT_FOUND') throw error
  throw new CommandError(
    {
      exitCode: exitCodes.failed,
      code: 'LAB_MISSING',
      message: 'the lab that the demo runs in comes with the source of movip, not with this package',
      fix: 'in a checkout of the source: npm run demo',
    },
    { cause: error },
  )
}
