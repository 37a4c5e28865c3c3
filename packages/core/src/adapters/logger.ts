import { pino } from 'pino'
import type { DestinationStream } from 'pino'
import pretty from 'pino-pretty'
import type { Logger } from '../ports.ts'

export interface LoggerOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  /** In every line. */
  readonly fields: Readonly<Record<string, unknown>>
  /** Where lines go; stderr when absent. */
  readonly destination?: DestinationStream
}

/** One event, one line on stderr: JSON, or readable on a terminal. Names and values of secrets are never given to it. */
export function createLogger(options: LoggerOptions): Logger {
  const destination = options.destination ?? (process.stderr.isTTY
    ? pretty({ destination: 2, sync: false, ignore: 'pid,hostname,node,cluster', messageKey: 'event', translateTime: 'SYS:HH:MM:ss.l' })
    // A reader of the log that hangs must not stop the daemon.
    : pino.destination({ fd: 2, sync: false }))
  const log = pino({ level: options.level, base: options.fields, messageKey: 'event', timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (label) => ({ level: label }) } }, destination)
  return {
    debug: (event, fields) => log.debug(fields ?? {}, event),
    info: (event, fields) => log.info(fields ?? {}, event),
    warn: (event, fields) => log.warn(fields ?? {}, event),
    error: (event, fields) => log.error(fields ?? {}, event),
  }
}
