import type { Message, NodeId, PlaneName } from '../../model/index.ts'
import type { Logger, TransportStatus } from '../../ports.ts'
import { createCopies } from './copies.ts'
import { createDecoder } from './wire.ts'

/** Takes in bytes, hands on the messages that are for this node, each once, and counts the rest. */
export interface Inbox {
  take(bytes: Uint8Array, plane: PlaneName): void
  onMessage(receiver: (message: Message) => void): void
  counts(): Pick<TransportStatus, 'received' | 'dropped'>
}

export interface InboxOptions {
  readonly cluster: string
  readonly node: NodeId
  readonly logger: Logger
  /** Told of every message's sender, copies included, with the life that it sends in where it sends over several planes. */
  readonly heard: (from: NodeId, plane: PlaneName, life: string) => void
  /** A beat of that node names parts that have not been read here. */
  readonly onMissing: (from: NodeId, parts: readonly string[]) => void
  /** Somebody has not read these parts of this node's beats. */
  readonly onWanted: (parts: readonly string[]) => void
}

export function createInbox({ cluster, node, logger, heard, onMissing, onWanted }: InboxOptions): Inbox {
  const dropped = { malformed: 0, foreign: 0, future: 0 }
  const decode = createDecoder(cluster)
  const copies = createCopies()
  let received = 0
  let receiver: (message: Message) => void = () => undefined

  const drop = (cause: keyof typeof dropped): void => {
    const count = (dropped[cause] += 1)
    // A stranger may send many: the count tells how many, the log tells it at 1, 10, 100, …
    if (Number.isInteger(Math.log10(count))) logger.warn('transport.dropped', { cause, count })
  }
  const hand = (message: Message): void => {
    received += 1
    try {
      receiver(message)
    } catch (fault) {
      // Thrown in here it would only end the client's reading; a fault of ours must end the process.
      setImmediate(() => {
        throw fault
      })
    }
  }
  return {
    take(bytes, plane) {
      const decoded = decode(bytes)
      if (decoded.verdict === 'wants') return decoded.wants.to === node ? onWanted(decoded.wants.parts) : undefined
      if (decoded.verdict === 'incomplete') {
        heard(decoded.from, plane, decoded.stamp?.life ?? '')
        return decoded.from === node ? undefined : onMissing(decoded.from, decoded.missing)
      }
      if (decoded.verdict !== 'message') return drop(decoded.verdict)
      const { message, stamp } = decoded
      heard(message.from, plane, stamp?.life ?? '')
      if (message.from === node || ('to' in message && message.to !== node)) return
      if (stamp === undefined || copies.isFirst(message.from, stamp)) hand(message)
    },
    onMessage: (next) => void (receiver = next),
    counts: () => ({ received, dropped: { ...dropped } }),
  }
}
