import type { NodeConfig } from '../config/types.ts'
import { createNotifier, toldUpTo } from '../notify/notifier.ts'
import type { Notifier } from '../notify/notifier.ts'
import type { Clock, Logger, Storage } from '../ports.ts'
import { createDriver } from './driver.ts'
import type { Driver, DriverOptions } from './driver.ts'

interface Surroundings {
  readonly node: NodeConfig
  readonly storage: Storage
  readonly logger: HeardLogger
  readonly clock: Clock
  readonly closers: (() => Promise<void> | void)[]
}

/** A driver, and a notifier that hears of everything in it and holds up nothing. */
export function createToldDriver(
  { node, storage, logger, clock, closers }: Surroundings,
  options: DriverOptions,
): { readonly driver: Driver; readonly notifier: Notifier } {
  const notifier = createNotifier({
    node: node.node,
    generation: storage.incarnation.generation,
    secrets: node.notify ?? {},
    clock,
    logger,
    toldUpTo: toldUpTo(storage.stored),
    applied: () => driver.engineStatus().applied,
  })
  const driver = createDriver({
    ...options,
    onSpec: (spec) => {
      notifier.onSpec(spec)
      options.onSpec(spec)
    },
    onEvent: (event) => {
      notifier.onEvent(event)
      options.onEvent?.(event)
    },
    onRunnerEvent: (event) => {
      notifier.onRunnerEvent(event)
      options.onRunnerEvent?.(event)
    },
    onSettled: () => {
      notifier.onState(driver.clusterState())
      options.onSettled?.()
    },
  })
  logger.onTrouble((text, group) => notifier.warn(text, group))
  closers.push(() => notifier.close())
  return { driver, notifier }
}

/** Lines that are told as what they are about, or are about telling itself. */
const toldOtherwise = /^(call-failed|stuck|refused|plane|notify-.*)$/

/** A logger whose warnings and errors somebody hears, too. */
export interface HeardLogger extends Logger {
  /** The one listener to what goes wrong from now on. */
  onTrouble(listener: (text: string, group?: string) => void): void
}

export function hearTrouble(logger: Logger): HeardLogger {
  let tell: (text: string, group?: string) => void = () => undefined
  const heard =
    (level: 'warn' | 'error') =>
    (event: string, fields: Readonly<Record<string, unknown>> = {}): void => {
      logger[level](event, fields)
      if (toldOtherwise.test(event)) return
      const { group } = fields
      tell(wordsOf(event, fields), ...(typeof group === 'string' ? [group] : []))
    }
  return {
    debug: (event, fields) => logger.debug(event, fields),
    info: (event, fields) => logger.info(event, fields),
    warn: heard('warn'),
    error: heard('error'),
    onTrouble: (listener) => void (tell = listener),
  }
}

/** Values that a log would not show are not told either; none needs to be long. */
const hidden = /pass|secret|token|seed|credential|authorization/i
const textMax = 500

function wordsOf(event: string, fields: Readonly<Record<string, unknown>>): string {
  const words = Object.entries(fields).flatMap(([key, value]) => {
    if (value === undefined || hidden.test(key)) return []
    return [`${key} ${typeof value === 'string' ? value : JSON.stringify(value)}`]
  })
  const text = words.length === 0 ? event : `${event}: ${words.join('; ')}`
  return text.length > textMax ? `${text.slice(0, textMax - 1)}…` : text
}
