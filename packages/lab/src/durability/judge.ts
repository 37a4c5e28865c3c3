/** Whether a daemon ever said what its disk had not confirmed, judged by the system calls of its whole life, or several lives. */
import { claimsOf, type ClaimSource } from './claims.ts'
import { DiskLedger } from './disk-ledger.ts'
import { NatsStream } from './nats-stream.ts'
import { bytesGiven, eventsOf, type SystemCall } from './system-calls.ts'

export interface Judgement {
  /** How many messages of each kind were judged. */
  readonly judged: Readonly<Record<ClaimSource, number>>
  /** One sentence for each word that was said too early. */
  readonly violations: readonly string[]
}

const sends: readonly string[] = ['write', 'writev', 'sendto', 'sendmsg']

export function judgeTrace(trace: string): Judgement {
  const ledger = new DiskLedger()
  const streams = new Map<string, NatsStream>()
  const judged: Record<ClaimSource, number> = { 'vote-request': 0, 'vote-answer': 0, 'append-answer': 0, beat: 0 }
  const violations: string[] = []
  for (const event of eventsOf(trace)) {
    const { call, line } = event
    if (event.type !== 'begin' || !isSend(call, streams)) {
      ledger.take(event)
      continue
    }
    const stream = streams.get(call.descriptor) ?? new NatsStream()
    streams.set(call.descriptor, stream)
    // What a full socket did not take is given to it again.
    const sent = bytesGiven(call).slice(0, call.result ?? undefined)
    for (const { payload, line: since } of stream.take(sent, line)) {
      const found = claimsOf(payload)
      if (found === null) continue
      judged[found.source] += 1
      for (const claim of found.claims) {
        const doubt = ledger.doubt(claim)
        if (doubt !== null) violations.push(`line ${since}: a ${found.source} was sent before ${doubt} was on the disk`)
      }
    }
  }
  return { judged, violations }
}

/** On a connection that began as a client of a NATS server begins. */
function isSend({ name, descriptor, args }: SystemCall, known: ReadonlyMap<string, NatsStream>): boolean {
  return sends.includes(name) && /^\d+<TCP/.test(descriptor) && (known.has(descriptor) || args.includes('"CONNECT {'))
}
