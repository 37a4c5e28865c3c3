import type { Isolation, Logger, Transport } from '../ports.ts'

/** The transport as it is, until it is cut off. */
export function isolable(transport: Pick<Transport, 'send' | 'onMessage'>, logger: Logger): Isolation {
  let healing: NodeJS.Timeout | null = null
  const heal = (): void => {
    healing = null
    logger.info('isolation-ended')
  }
  return {
    send(to, message) {
      if (healing === null) transport.send(to, message)
    },
    onMessage(receiver) {
      transport.onMessage((message) => {
        if (healing === null) receiver(message)
      })
    },
    isolate(forMs) {
      if (healing !== null) clearTimeout(healing)
      healing = setTimeout(heal, forMs).unref()
      logger.warn('isolated', { forMs })
    },
  }
}
