import { constants, fstatSync, openSync } from 'node:fs'
import { isatty } from 'node:tty'
import { pino, type DestinationStream } from 'pino'
import { PinoPretty } from 'pino-pretty'
import type { Logger } from '../ports.ts'

export interface LoggerOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  /** In every line. */
  readonly fields: Readonly<Record<string, unknown>>
  /** Where lines go; stderr when absent. */
  readonly destination?: DestinationStream
  /** For people, in colours; when absent, only if stderr is a terminal. */
  readonly pretty?: boolean
}

const stderr = 2
/** Lines kept for an output that does not take them; later ones are lost. */
const waitingBytesMax = 2 ** 20
/** An output that takes nothing for this long does not hold up the end of the process. */
const stuckMs = 200

/** Fields that may hold credentials, here and one level down. */
const secretFields = ['password', 'pass', 'secret', 'token', 'seed', 'credentials', 'authorization']

/** One event, one line. Writing never waits for the output: a hung disk or a full pipe behind it does not stop the daemon. */
export function createLogger(options: LoggerOptions): Logger {
  const pretty = options.pretty ?? isatty(stderr)
  const log = pino(
    {
      level: options.level,
      base: options.fields,
      messageKey: 'event',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: [...secretFields, ...secretFields.map((field) => `*.${field}`)], censor: '***' },
    },
    options.destination ?? (pretty ? prettyOutput() : plainOutput()),
  )
  const at =
    (level: LoggerOptions['level']) =>
    (event: string, fields: Readonly<Record<string, unknown>> = {}): void =>
      log[level](fields, event)
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

function plainOutput(): DestinationStream {
  let giveUpAt = Infinity
  // Registered before pino's own listener, which would wait for the output for ever.
  process.on('exit', () => {
    giveUpAt = performance.now() + stuckMs
    try {
      output.flushSync()
    } catch {
      // The output does not take the rest.
    }
    output.destroy()
  })
  const output = pino.destination({
    dest: withoutWaiting(stderr),
    sync: false,
    maxLength: waitingBytesMax,
    retryEAGAIN: () => performance.now() < giveUpAt,
  })
  // A reader that went away is no reason to end.
  output.on('error', () => undefined)
  return output
}

/**
 * A pipe that nobody reads would hold a thread of this process for ever, also at its end; opened anew, without waiting, it does not.
 * The descriptor itself is left as it is, because others may share it.
 */
function withoutWaiting(descriptor: number): number {
  if (!fstatSync(descriptor).isFIFO()) return descriptor
  try {
    return openSync(`/proc/self/fd/${descriptor}`, constants.O_WRONLY | constants.O_NONBLOCK)
  } catch {
    return descriptor
  }
}

function prettyOutput(): DestinationStream {
  const noColor = process.env['NO_COLOR']
  return PinoPretty({
    destination: stderr,
    sync: false,
    colorize: noColor === undefined || noColor === '',
    messageKey: 'event',
    translateTime: 'SYS:HH:MM:ss.l',
    // No line has the host's name; the process is named in the line of its start.
    ignore: 'hostname',
    singleLine: true,
  })
}
