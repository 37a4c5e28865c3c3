import { BaseCommand } from '../base-command.ts'
import { connect, socketFlag } from '../daemon.ts'
import { exitCodes } from '../failure.ts'
import { enduranceOf } from '../forecast/endurance.ts'
import { statusResult, statusView } from '../views/status.ts'
import type { StatusResult } from '../views/status.ts'

/** The truth as the daemon of this node knows it, with its age. */
export default class Status extends BaseCommand {
  static override summary = 'show nodes, groups, who holds them and why'
  static override description = `Asks the daemon of this node over its unix socket. Ends with 4 when the cluster has no quorum, with 3 when no daemon answers.`
  static override examples = [
    '<%= config.bin %> status',
    '<%= config.bin %> status --json',
    '<%= config.bin %> status --socket /run/movip/movip.sock',
  ]
  static override flags = { socket: socketFlag }

  async run(): Promise<StatusResult> {
    const { flags } = await this.parse(Status)
    const client = await connect(flags)
    // A daemon of an earlier version tells neither its moves nor its configuration: its status goes without what follows from these.
    const [answer, moves, known] = await Promise.all([
      client.status(),
      client
        .moves()
        .then((told) => told.moves)
        .catch(() => []),
      client.cluster().catch(() => null),
    ])
    const endurance = known === null ? null : enduranceOf({ status: answer.engine, spec: known.cluster })
    const now = Date.now()
    const result = statusResult(answer, moves, endurance, now, known?.cluster.timing.electionMs)
    for (const line of statusView(result, now)) this.log(line)
    if (!result.engine.quorum) process.exitCode = exitCodes.noQuorum
    return result
  }
}
