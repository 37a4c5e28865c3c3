/** The client: asks the VIP every 2 ms and knows what came of it. */
import type { Answer, ClientRecord } from '../analysis/record.ts'
import type { Host } from '../network/host.ts'
import { startProbe } from './child.ts'

export interface Client {
  readonly vip: string
  readonly pitchMs: number
  /** What was recorded from that time on (CLOCK_MONOTONIC, ms). */
  since(fromMs: number): ClientRecord
  /** Drops what is older, so that a long run does not fill the memory. */
  forget(beforeMs: number): void
  /** Called with each answer as it comes in. */
  onAnswer(listener: (answer: Answer) => void): void
  /** Rejects when the measuring ends unasked. */
  readonly broken: Promise<never>
  stop(): void
}

export async function startClient(network: { readonly client: Pick<Host, 'namespace'> }, vip: string, pitchMs = 2): Promise<Client> {
  let sends: number[] = []
  let answers: Answer[] = []
  const listeners: ((answer: Answer) => void)[] = []
  const onLine = ([kind, seq, at, answeredAt, by]: readonly unknown[]): void => {
    if (kind === 's') sends.push(at as number)
    if (kind !== 'a') return
    const answer: Answer = { seq: seq as number, receivedAt: at as number, answeredAt: answeredAt as number, by: by as string }
    answers.push(answer)
    for (const listener of listeners) listener(answer)
  }
  const probe = await startProbe({ namespace: network.client.namespace, module: 'client-process', argument: { vip, pitchMs }, onLine })
  return {
    vip,
    pitchMs,
    since: (fromMs) => ({
      // Both are in order, and mostly the newest are asked for.
      sends: sends.slice(sends.findLastIndex((at) => at < fromMs) + 1),
      answers: answers.slice(answers.findLastIndex((answer) => answer.receivedAt < fromMs) + 1),
    }),
    forget(beforeMs) {
      sends = sends.filter((at) => at >= beforeMs)
      answers = answers.filter((answer) => answer.receivedAt >= beforeMs)
    },
    onAnswer: (listener) => void listeners.push(listener),
    broken: probe.broken,
    stop: () => probe.stop(),
  }
}
