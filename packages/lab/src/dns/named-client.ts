import type { Answer } from '../analysis/record.ts'
import type { Host } from '../network/host.ts'
import { startProbe } from '../probes/child.ts'
import type { Client } from '../probes/client.ts'

export interface NamedClientOptions {
  readonly name: string
  /** Whom it asks where the name is. */
  readonly resolver: string
  readonly pitchMs: number
  /** False: it asks once and never again, as some virtual machines do. */
  readonly forgets: boolean
}

/** A client that knows its server by name. */
export interface NamedClient extends Client {
  /** Where the name has pointed, and since when it has known that. */
  readonly named: readonly { readonly at: number; readonly address: string }[]
}

const PITCH_MS = 10

export async function startNamedClient(
  { namespace }: Pick<Host, 'namespace'>,
  { name, resolver, pitchMs = PITCH_MS, forgets = true }: Pick<NamedClientOptions, 'name' | 'resolver'> & Partial<NamedClientOptions>,
): Promise<NamedClient> {
  let sends: number[] = []
  let answers: Answer[] = []
  const named: { at: number; address: string }[] = []
  const listeners: ((answer: Answer) => void)[] = []
  const onLine = ([kind, ...rest]: readonly unknown[]): void => {
    if (kind === 's') sends.push(rest[1] as number)
    if (kind === 'named') named.push({ at: rest[0] as number, address: rest[1] as string })
    if (kind !== 'a') return
    const [seq, receivedAt, answeredAt, by] = rest as [number, number, number, string]
    const answer: Answer = { seq, receivedAt, answeredAt, by }
    answers.push(answer)
    for (const listener of listeners) listener(answer)
  }
  const argument: NamedClientOptions = { name, resolver, pitchMs, forgets }
  const probe = await startProbe({ namespace, module: '../dns/named-client-process', argument, onLine })
  return {
    vip: name,
    pitchMs,
    named,
    since: (fromMs) => ({
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
