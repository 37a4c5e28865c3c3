import { Args } from '@oclif/core'
import { BaseCommand } from '../base-command.ts'
import { connect, socketFlag } from '../daemon.ts'
import { exitCodes } from '../failure.ts'
import { eventsHere, ordersOf } from '../forecast/circumstances.ts'
import { explain } from '../forecast/explanation.ts'
import { lagsOf } from '../forecast/lag.ts'
import { paceOf } from '../forecast/pace.ts'
import { readPicture, unknownName } from '../picture.ts'
import { explainView } from '../views/explain.ts'
import type { ExplainResult } from '../views/explain.ts'
import { complaintsHere, sinceOf } from '../views/status.ts'

/** As many as a daemon remembers. */
const eventsMax = 1000

/** Why is it here, and why not there? */
export default class Explain extends BaseCommand {
  static override summary = 'say why a group is where it is, and where it would go'
  static override description =
    'Names the holder and why it was chosen; for every other node its place in the line or what blocks it; and what would become of the group if each node died. Ends with 4 when the cluster has no quorum.'
  static override examples = ['<%= config.bin %> explain web', '<%= config.bin %> explain web --json']
  static override args = { group: Args.string({ description: 'group to explain', required: true }) }
  static override flags = { socket: socketFlag }

  async run(): Promise<ExplainResult> {
    const { args, flags } = await this.parse(Explain)
    const client = await connect(flags)
    const [{ picture, view, answer }, { moves }, { events }] = await Promise.all([
      readPicture(client),
      client.moves(),
      client.events(eventsMax),
    ])
    const explanation = explain(picture, args.group)
    if (explanation === null)
      throw unknownName(
        'group',
        args.group,
        picture.spec.groups.map(({ id }) => id),
      )
    const since = sinceOf(picture.status, moves)[args.group] ?? null
    const move = moves.find(({ epoch }) => epoch === explanation.epoch) ?? null
    const nodes = explanation.nodes.map(({ node }) => node)
    const orders = ordersOf(picture.status.maintenance, { group: args.group, nodes })
    const here = [...complaintsHere(answer, args.group), ...eventsHere(events, args.group)]
    const pace = paceOf(answer, args.group, picture.spec.timing.leaseMs)
    const lags = lagsOf(answer, args.group, move, picture)
    const result: ExplainResult = { schemaVersion: 1, view, since, move, ...explanation, pace, lags, orders, here }
    for (const line of explainView(result, Date.now())) this.log(line)
    if (!picture.status.quorum) process.exitCode = exitCodes.noQuorum
    return result
  }
}
