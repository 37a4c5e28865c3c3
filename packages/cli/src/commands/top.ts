import type { Client } from '@movip/core/client'
import { BaseCommand } from '../base-command.ts'
import { connect, socketFlag } from '../daemon.ts'
import { look } from '../events/follow.ts'
import { timelineOf } from '../events/timeline.ts'
import { exitCodes } from '../failure.ts'
import { enduranceOf } from '../forecast/endurance.ts'
import { openScreen } from '../top/screen.ts'
import { statusResult } from '../views/status.ts'
import { paint, span } from '../views/table.ts'
import { fitted, topView } from '../views/top.ts'
import type { TopResult } from '../views/top.ts'

const everyMs = 1000
/** So many of the latest moves and events are kept at hand; a terminal shows what fits. */
const latestMax = 100
/** So many are printed where there is no terminal. */
const printedMax = 10

/** The live picture. */
export default class Top extends BaseCommand {
  static override summary = 'watch nodes, groups, leases and events, refreshed in place'
  static override description =
    'Shows every second what the daemon of this node knows, until q or Ctrl-C. Where standard output is no terminal, and with --json, it prints the picture once and ends like status.'
  static override examples = ['<%= config.bin %> top', '<%= config.bin %> top --json']
  static override flags = { socket: socketFlag }

  async run(): Promise<TopResult> {
    const { flags } = await this.parse(Top)
    const client = await connect(flags)
    const first = await picture(client)
    if (!this.jsonEnabled() && process.stdout.isTTY) {
      await watch(client, first)
      // A question that is still open would keep the shell waiting.
      process.exit(exitCodes.ok)
    }
    const result = { ...first, latest: first.latest.slice(-printedMax) }
    for (const line of topView(result, Date.now())) this.log(line)
    if (!result.engine.quorum) process.exitCode = exitCodes.noQuorum
    return result
  }
}

async function picture(client: Client): Promise<TopResult> {
  const [answer, { cluster }, happenings] = await Promise.all([client.status(), client.cluster(), look(client)])
  const endurance = enduranceOf({ status: answer.engine, spec: cluster })
  const latest = timelineOf(happenings, { since: null, group: null, node: null }).slice(-latestMax)
  return { ...statusResult(answer, happenings.moves, endurance, Date.now(), cluster.timing.electionMs), latest }
}

/** Draws until somebody leaves. A daemon that goes away leaves the last picture, with its age. */
async function watch(client: Client, first: TopResult): Promise<void> {
  let latest = first
  let trouble: string | null = null
  const draw = (): void => {
    const now = Date.now()
    const ageMs = Math.max(0, now - Date.parse(latest.at))
    const note = trouble === null ? 'q ends' : paint('red', `${trouble}; this is ${span(ageMs)} old; q ends`)
    screen.draw(fitted({ ...latest, ageMs }, now, screen.size, note))
  }
  const screen = openScreen(process.stdin, process.stdout, draw)
  let isOver = false
  const over = screen.left.then(() => (isOver = true))
  try {
    while (!isOver) {
      draw()
      await Promise.race([over, new Promise((resolve) => setTimeout(resolve, everyMs))])
      if (isOver) break
      const asked = picture(client).then(
        (next) => {
          latest = next
          trouble = null
        },
        (error: unknown) => {
          if (!(error instanceof Error) || error.name !== 'ClientError') throw error
          trouble = error.message
        },
      )
      await Promise.race([over, asked])
    }
  } finally {
    screen.close()
  }
}
