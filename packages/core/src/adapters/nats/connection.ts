import { setTimeout as sleep } from 'node:timers/promises'
import { connect, type NatsConnection, type NodeConnectionOptions } from '@nats-io/transport-node'
import type { Logger } from '../../ports.ts'

const staleText = 'the server stopped answering'
const retryMs = 50
/** A server that cannot be reached for some time is asked less often. */
const retryMsMax = 250

export interface ConnectionOptions {
  readonly options: NodeConnectionOptions
  readonly subjects: readonly string[]
  readonly onBytes: (bytes: Uint8Array) => void
  readonly onTrouble: (text: string) => void
  /** It is connected now. */
  readonly onUp: () => void
  /** It is not connected any more, or could not be. */
  readonly onDown: (why: string) => void
  readonly logger: Logger
}

/** A connection to NATS that is made anew, without end, whenever it is lost. */
export interface Connection {
  /** Null while disconnected. */
  current(): NatsConnection | null
  close(): Promise<void>
}

export function keepConnected({ options, subjects, onBytes, onTrouble, onUp, onDown, logger }: ConnectionOptions): Connection {
  let current: NatsConnection | null = null
  const closing = new AbortController()
  const isClosing = (): boolean => closing.signal.aborted

  const live = async (): Promise<void> => {
    const connection = await connect(options)
    if (isClosing()) return connection.close()
    for (const subject of subjects) {
      connection.subscribe(subject, { callback: (error, message) => (error === null ? onBytes(message.data) : onTrouble(error.message)) })
    }
    let stale = false
    const onStale = (): void => {
      current = null
      stale = true
      onDown(staleText)
      // By itself it would first wait until what is queued has gone out, which on a link that is stuck may be never.
      void connection.close()
    }
    void follow(connection, onStale, onTrouble)
    current = connection
    logger.info('transport.connected', { server: connection.getServer() })
    onUp()
    const why = await connection.closed()
    current = null
    if (isClosing()) return
    const text = why instanceof Error ? why.message : stale ? staleText : 'the server went away'
    onDown(text)
    logger.warn('transport.disconnected', { why: text })
  }
  const run = async (): Promise<void> => {
    let waitMs = retryMs
    let lastTrouble = ''
    while (!isClosing()) {
      try {
        await live()
        waitMs = retryMs
        lastTrouble = ''
      } catch (error) {
        const trouble = error instanceof Error ? error.message : String(error)
        onDown(trouble)
        if (trouble !== lastTrouble) logger.warn('transport.connecting-failed', { why: trouble })
        lastTrouble = trouble
        waitMs = Math.min(retryMsMax, waitMs + 10)
      }
      await sleep(waitMs, undefined, { signal: closing.signal }).catch(() => undefined)
    }
  }
  const running = run()

  return {
    current: () => current,
    async close() {
      closing.abort()
      await current?.close()
      await running
    },
  }
}

/** Follows what the client says about itself. A connection that stopped answering is not written to any more. */
async function follow(connection: NatsConnection, onStale: () => void, onTrouble: (text: string) => void): Promise<void> {
  for await (const status of connection.status()) {
    if (status.type === 'staleConnection') onStale()
    if (status.type === 'error') onTrouble(status.error.message)
    if (status.type === 'slowConsumer') onTrouble('this node is too slow for what it receives')
  }
}
