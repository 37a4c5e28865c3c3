import type { Answer } from '../analysis/record.ts'
import type { Host } from '../network/host.ts'
import type { Client } from '../probes/client.ts'
import { startProbe } from '../probes/child.ts'

/** What became of a connection that stays. */
export interface Held {
  /** When it was last answered, and by whom; null: not so far. */
  readonly last: { readonly at: number; readonly by: string } | null
  /** When and how it ended; null: it stands. */
  readonly lost: { readonly at: number; readonly code: string } | null
}

/** A client of a balanced service: every question has a connection of its own. */
export interface Visitor extends Client {
  /** Opens a connection that stays, in place of the one before. */
  hold(): void
  held(): Held
}

const PITCH_MS = 10

export async function startVisitor({ namespace }: Pick<Host, 'namespace'>, vip: string, port: number): Promise<Visitor> {
  let sends: number[] = []
  let answers: Answer[] = []
  let held: Held = { last: null, lost: null }
  const listeners: ((answer: Answer) => void)[] = []
  const onLine = ([kind, ...rest]: readonly unknown[]): void => {
    if (kind === 's') sends.push(rest[1] as number)
    else if (kind === 'held') held = { ...held, last: { at: rest[0] as number, by: rest[1] as string } }
    else if (kind === 'lost') held = { ...held, lost: { at: rest[0] as number, code: rest[1] as string } }
    if (kind !== 'a') return
    const [seq, receivedAt, answeredAt, by] = rest as [number, number, number, string]
    const answer: Answer = { seq, receivedAt, answeredAt, by }
    answers.push(answer)
    for (const listener of listeners) listener(answer)
  }
  const argument = { vip, port, pitchMs: PITCH_MS }
  const probe = await startProbe({ namespace, module: '../balanced/visitor-process', argument, onLine })
  return {
    vip,
    pitchMs: PITCH_MS,
    since: (fromMs) => ({
      sends: sends.slice(sends.findLastIndex((at) => at < fromMs) + 1),
      answers: answers.slice(answers.findLastIndex((answer) => answer.receivedAt < fromMs) + 1),
    }),
    forget(beforeMs) {
      sends = sends.filter((at) => at >= beforeMs)
      answers = answers.filter((answer) => answer.receivedAt >= beforeMs)
    },
    onAnswer: (listener) => void listeners.push(listener),
    hold() {
      held = { last: null, lost: null }
      probe.tell('hold')
    },
    held: () => held,
    broken: probe.broken,
    stop: () => probe.stop(),
  }
}
