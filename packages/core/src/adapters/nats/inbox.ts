import type { Message, NodeId } from '../../model/index.ts'
import type { Logger, TransportStatus } from '../../ports.ts'
import { createDecoder } from './wire.ts'

/** Takes in bytes, hands on the messages that are for this node, and counts the rest. */
export interface Inbox {
  take(bytes: Uint8Array): void
  onMessage(receiver: (message: Message) => void): void
  counts(): Pick<TransportStatus, 'received' | 'dropped'>
}

export interface InboxOptions {
  readonly cluster: string
  readonly node: NodeId
  readonly logger: Logger
  /** Told of every message's sender. */
  readonly heard: (from: NodeId) => void
}

export function createInbox({ cluster, node, logger, heard }: InboxOptions): Inbox {
  const dropped = { malformed: 0, foreign: 0, future: 0 }
  const decode = createDecoder(cluster)
  let received = 0
  let receiver: (message: Message) => void = () => undefined

  const drop = (cause: keyof typeof dropped): void => {
    const count = (dropped[cause] += 1)
    // A stranger may send many: the count tells how many, the log tells it at 1, 10, 100, …
    if (Number.isInteger(Math.log10(count))) logger.warn('transport.dropped', { cause, count })
  }
  return {
    take(bytes) {
      const decoded = decode(bytes)
      if (decoded.verdict !== 'message') return drop(decoded.verdict)
      const { message } = decoded
      heard(message.from)
      if (message.from === node || ('to' in message && message.to !== node)) return
      received += 1
      try {
        receiver(message)
      } catch (fault) {
        // Thrown in here it would only end the client's reading; a fault of ours must end the process.
        setImmediate(() => {
          throw fault
        })
      }
    },
    onMessage: (next) => void (receiver = next),
    counts: () => ({ received, dropped: { ...dropped } }),
  }
}
