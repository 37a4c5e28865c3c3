import { Flags } from '@oclif/core'
import type { Client } from '@movip/core/client'
import { BaseCommand } from '../base-command.ts'
import { connect, socketFlag } from '../daemon.ts'
import { cutLines, cutOf } from '../events/cut.ts'
import type { Cut } from '../events/cut.ts'
import { follow, look } from '../events/follow.ts'
import { sinceOf, timelineOf } from '../events/timeline.ts'
import type { Entry, EventEntry, IncidentEntry, MoveEntry, OrderEntry, Wanted } from '../events/timeline.ts'
import { unknownName } from '../picture.ts'
import { eventLines } from '../views/events.ts'

/** What `movip events` returns, oldest first. */
interface EventsResult extends Cut {
  readonly schemaVersion: 1
  /** Of the whole cluster, the same on every node. */
  readonly moves: readonly MoveEntry[]
  /** What operators had done, the same on every node. */
  readonly orders: readonly OrderEntry[]
  /** What holders found of their endpoints, the same on every node. */
  readonly incidents: readonly IncidentEntry[]
  /** Of this node alone, in its present life. */
  readonly events: readonly EventEntry[]
}

/** What happened, and why. */
export default class Events extends BaseCommand {
  static override summary = 'show what happened: the moves of the cluster, what operators had done, and the events of this node'
  static override description =
    'Moves, the orders of operators and what was stolen from holders and recovered are part of the replicated log: every node shows the same, each move with its cause and the time by which the coordinator decided, each order with who gave it. Events are those of this node since its daemon started. With --follow --json there is one object on each line.'
  static override examples = [
    '<%= config.bin %> events',
    '<%= config.bin %> events --since 10m --group web',
    '<%= config.bin %> events --follow --node paris-1 --json',
  ]
  static override flags = {
    follow: Flags.boolean({ char: 'f', summary: 'go on with what happens from now on, until Ctrl-C' }),
    since: Flags.string({ summary: 'only what is younger: a span such as 10m, or a moment such as 2026-01-31T12:00', helpValue: 'time' }),
    group: Flags.string({ summary: 'only what concerns this group', helpValue: 'group' }),
    node: Flags.string({ summary: 'only moves from or to this node, and what it said or what was said of it', helpValue: 'node' }),
    limit: Flags.integer({ summary: 'so many at most, the newest', default: 100, min: 1, helpValue: 'number' }),
    socket: socketFlag,
  }

  async run(): Promise<EventsResult> {
    const { flags } = await this.parse(Events)
    const since = flags.since === undefined ? null : sinceOf(flags.since, Date.now())
    const wanted: Wanted = { since, group: flags.group ?? null, node: flags.node ?? null }
    const client = await connect(flags)
    await refuseUnknown(client, wanted)
    const { place, ...happenings } = await look(client)
    const { limit } = flags
    const found = timelineOf(happenings, wanted)
    const entries = found.slice(-limit)
    const cut = cutOf({ events: happenings.events, place, count: found.length, limit }, wanted)
    this.say(entries, flags.follow)
    for (const line of cutLines(cut, limit)) this.logToStderr(`movip: ${line}`)
    if (flags.follow) {
      // Whoever reads has gone: there is nothing left to do.
      process.stdout.on('error', () => process.exit(0))
      for await (const news of follow(client, place, (why) => this.logToStderr(`movip: ${why}; waiting for it`)))
        this.say(timelineOf(news, wanted), true)
    }
    return {
      schemaVersion: 1,
      moves: entries.filter((entry) => entry.kind === 'move'),
      orders: entries.filter((entry) => entry.kind === 'order'),
      incidents: entries.filter((entry) => entry.kind === 'incident'),
      events: entries.filter((entry) => entry.kind === 'event'),
      ...cut,
    }
  }

  private say(entries: readonly Entry[], isStream: boolean): void {
    if (!this.jsonEnabled()) for (const line of eventLines(entries)) this.log(line)
    else if (isStream) for (const entry of entries) process.stdout.write(`${JSON.stringify({ schemaVersion: 1, ...entry })}\n`)
  }
}

/** What is not configured any more may still be looked back on: only a name that nothing bears is refused. */
async function refuseUnknown(client: Client, { group, node }: Wanted): Promise<void> {
  if (group === null && node === null) return
  const [{ cluster }, { moves }] = await Promise.all([client.cluster(), client.moves()])
  const groups = cluster.groups.map(({ id }) => id)
  const nodes = cluster.nodes.map(({ id }) => id)
  if (group !== null && !groups.includes(group) && !moves.some((move) => move.group === group)) throw unknownName('group', group, groups)
  if (node !== null && !nodes.includes(node) && !moves.some(({ from, to }) => from === node || to === node))
    throw unknownName('node', node, nodes)
}
