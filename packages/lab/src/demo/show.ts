/** Where the demo shows itself: a live picture on a terminal, else one line for each thing that happens. */
import type { StatusAnswer } from '@movip/core/client'
import type { Cluster } from '../cluster/cluster.ts'
import { GROUP } from '../cluster/cluster.ts'
import type { Lab } from '../lab.ts'
import { nowMs } from '../system/libc.ts'
import type { ResultLine } from './picture.ts'
import { picture } from './picture.ts'

export interface Show {
  doing(text: string): void
  result(line: ResultLine): void
  close(): void
}

export interface ShowOptions {
  readonly lab: Pick<Lab, 'vips' | 'client'>
  readonly cluster: Cluster
  readonly output: NodeJS.WriteStream
  readonly live: boolean
  readonly colour: boolean
}

const DRAW_MS = 100
const STATUS_MS = 200
/** Older than the strip of answers is not drawn. */
const SHOWN_MS = 5000
const HIDE_CURSOR = '\u001B[?25l'
const SHOW_CURSOR = '\u001B[?25h'

export function startShow(options: ShowOptions): Show {
  return options.live ? livePicture(options) : plainLines(options)
}

function plainLines({ output }: ShowOptions): Show {
  return {
    doing: (text) => void output.write(`${text}\n`),
    result({ lostMs, dualHolderMs, from, to }) {
      const where = from === to ? `it stayed on ${to}` : `it moved from ${from} to ${to}`
      output.write(`  the client lost ${lostMs.toFixed(0)} ms, two nodes answered for ${dualHolderMs.toFixed(0)} ms, ${where}\n`)
    },
    close: () => {},
  }
}

function livePicture({ lab, cluster, output, colour }: ShowOptions): Show {
  const statuses = new Map<string, StatusAnswer | null>()
  const results: ResultLine[] = []
  let doing = { text: 'starting', since: nowMs() }
  let drawn = 0
  const ask = (): void => {
    for (const daemon of cluster.daemons) {
      void daemon.status().then(
        (status) => statuses.set(daemon.name, status),
        () => statuses.set(daemon.name, null),
      )
    }
  }
  const draw = (): void => {
    const now = nowMs()
    const lines = picture({
      vip: lab.vips.ipv4,
      group: GROUP,
      now,
      nodes: cluster.daemons.map(({ name }) => ({ name, status: statuses.get(name) ?? null })),
      record: lab.client.since(now - SHOWN_MS),
      doing: { text: doing.text, sinceMs: now - doing.since },
      results,
      colour,
    })
    const up = drawn > 0 ? `\u001B[${drawn}A` : ''
    output.write(`${up}${lines.map((line) => `\u001B[2K${line}\n`).join('')}\u001B[0J`)
    drawn = lines.length
  }
  output.write(HIDE_CURSOR)
  const restore = (): void => void output.write(SHOW_CURSOR)
  process.once('exit', restore)
  const timers = [setInterval(ask, STATUS_MS), setInterval(draw, DRAW_MS)]
  return {
    doing(text) {
      doing = { text, since: nowMs() }
    },
    result: (line) => void results.push(line),
    close() {
      for (const timer of timers) clearInterval(timer)
      draw()
      process.off('exit', restore)
      restore()
    },
  }
}
