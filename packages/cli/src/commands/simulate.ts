import { Flags } from '@oclif/core'
import { forecast } from '@movip/core/forecast'
import { BaseCommand } from '../base-command.ts'
import { connect, socketFlag } from '../daemon.ts'
import { exitCodes } from '../failure.ts'
import { outageOf } from '../forecast/outage.ts'
import { readPicture } from '../picture.ts'
import { simulateView } from '../views/simulate.ts'
import type { SimulateResult } from '../views/simulate.ts'

/** What an outage would do, without one. */
export default class Simulate extends BaseCommand {
  static override summary = 'show what would move if something failed; changes nothing'
  static override description =
    'Takes the live configuration and the present fitness of every node, and asks the placement that the coordinator runs. A link that fails is one on which two nodes do not hear each other any more, in both directions. Ends with 4 when the cluster has no quorum now.'
  static override examples = [
    '<%= config.bin %> simulate --fail paris-1',
    '<%= config.bin %> simulate --fail paris',
    '<%= config.bin %> simulate --fail paris:ireland --fail witness --json',
  ]
  static override flags = {
    fail: Flags.string({
      summary: 'node, site or link (two of these with a colon between them) that fails; several fail together',
      helpValue: 'node|site|link',
      required: true,
      multiple: true,
      multipleNonGreedy: true,
    }),
    socket: socketFlag,
  }

  async run(): Promise<SimulateResult> {
    const { flags } = await this.parse(Simulate)
    const { picture, view } = await readPicture(await connect(flags))
    const outage = outageOf(flags.fail, picture.spec)
    const result: SimulateResult = { schemaVersion: 1, view, outage, ...forecast(picture, outage) }
    for (const line of simulateView(result)) this.log(line)
    if (!picture.status.quorum) process.exitCode = exitCodes.noQuorum
    return result
  }
}
