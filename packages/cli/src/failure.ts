/** What `movip` ends with. Documented and stable. */
export const exitCodes = { ok: 0, failed: 1, usage: 2, unreachable: 3, noQuorum: 4, refused: 5 } as const
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** Why a command did not do what was asked, in one sentence, and the next step. */
export interface Failure {
  readonly exitCode: ExitCode
  /** Stable, for programs. */
  readonly code: string
  readonly message: string
  readonly fix: string | null
  /** Further fields for `--json`. */
  readonly details?: Readonly<Record<string, unknown>>
}

/** A failure on its way up. */
export class CommandError extends Error {
  readonly failure: Failure
  constructor(failure: Failure, options?: ErrorOptions) {
    super(failure.message, options)
    this.name = 'CommandError'
    this.failure = failure
  }
}

/** Codes that the daemon and the libraries use, and what each means for the caller. All others mean "failed". */
const exitCodeOf: Readonly<Record<string, ExitCode>> = {
  NO_DAEMON: exitCodes.unreachable,
  DENIED: exitCodes.unreachable,
  NO_ANSWER: exitCodes.unreachable,
  'no-quorum': exitCodes.noQuorum,
  'unknown-group': exitCodes.usage,
  'unknown-node': exitCodes.usage,
  UNKNOWN_SCENARIO: exitCodes.usage,
  'not-a-candidate': exitCodes.refused,
  unfit: exitCodes.refused,
  busy: exitCodes.refused,
  outdated: exitCodes.refused,
  'ask-elsewhere': exitCodes.refused,
  'not-now': exitCodes.refused,
  'last-fit': exitCodes.refused,
  'no-redundancy': exitCodes.refused,
  'not-permitted': exitCodes.refused,
  'no-supervisor': exitCodes.refused,
  'not-suspected': exitCodes.refused,
  'still-heard': exitCodes.refused,
  'not-trusted': exitCodes.refused,
  'rehearsal-failed': exitCodes.refused,
  'too-slow': exitCodes.refused,
  'unknown-version': exitCodes.usage,
  timeout: exitCodes.failed,
}

/** The exit code for a code of the daemon or of a library. */
export function exitCodeFor(code: string): ExitCode {
  return Object.hasOwn(exitCodeOf, code) ? (exitCodeOf[code] ?? exitCodes.failed) : exitCodes.failed
}

/** A question was answered with no, or with Ctrl-C. */
export const declined: Failure = { exitCode: exitCodes.failed, code: 'DECLINED', message: 'nothing was done', fix: null }

/**
 * Makes a failure of anything thrown. Errors are told apart by their `code`, not by their class: importing the classes
 * would load the configuration's schemas for every command.
 */
export function failureOf(error: unknown): Failure {
  if (error instanceof CommandError) return error.failure
  if (error instanceof Error && error.name === 'ExitPromptError') return declined
  if (!(error instanceof Error)) return { exitCode: exitCodes.failed, code: 'FAILED', message: String(error), fix: null }
  const { oclif, code, fix, apiCode, problems } = error as Error &
    Partial<Record<'oclif' | 'code' | 'fix' | 'apiCode' | 'problems', unknown>>
  if (isOclif(oclif)) return usageFailure(error, oclif.exit)
  const name = typeof apiCode === 'string' ? apiCode : typeof code === 'string' ? code : 'FAILED'
  const next = typeof fix === 'string' ? fix : null
  return {
    exitCode: exitCodeFor(name),
    code: name,
    // Some messages end with their fix, for those who see nothing else.
    message: next !== null && error.message.endsWith(`\n${next}`) ? error.message.slice(0, -next.length - 1) : error.message,
    fix: next,
    ...(Array.isArray(problems) ? { details: { problems } } : {}),
  }
}

function isOclif(value: unknown): value is { readonly exit?: number } {
  return typeof value === 'object' && value !== null
}

/** oclif ends wrong input with 2, an unknown command with 127. */
function usageFailure(error: Error, exit: number | undefined): Failure {
  const usage = exit === 2 || exit === 127
  const command = unknownCommandIn(error)
  if (command !== null) return unknownCommand(command)
  const message = inOneLine(error.message)
  return usage
    ? { exitCode: exitCodes.usage, code: 'USAGE', message, fix: 'add --help for what is possible' }
    : { exitCode: exitCodes.failed, code: 'FAILED', message, fix: null }
}

/** oclif tells over several lines, names flags without their dashes, and ends with the next step, which is told anyway. */
function inOneLine(message: string): string {
  return message
    .replace(/\nSee more help with --help$/, '')
    .replace(/^The following errors? occurred:\s*/, '')
    .replaceAll(/^(\s*Missing required flag) (?=\w)/gm, '$1 --')
    .replaceAll(/(:?)\s*\n\s*/g, (_, colon: string) => `${colon === '' ? ';' : colon} `)
}

/** The words that were taken for a command; null: it is another error. oclif joins them by colons. */
export function unknownCommandIn(error: unknown): string | null {
  const [, command] = error instanceof Error ? (/^command (.+) not found\.?$/i.exec(error.message) ?? []) : []
  return command?.replaceAll(':', ' ') ?? null
}

function unknownCommand(command: string): Failure {
  const message = command.startsWith('-') ? `there is no command beside ${command}` : `${command} is not a movip command`
  return { exitCode: exitCodes.usage, code: 'USAGE', message, fix: 'see what there is with: movip help' }
}

/** A failure as `--json` shows it. */
export function failureJson(failure: Failure): object {
  const { code, message, fix, exitCode, details } = failure
  return { schemaVersion: 1, error: { code, message, fix, exitCode, ...details } }
}

/** A failure as people read it. */
export function failureText(failure: Failure): string {
  return failure.fix === null ? `movip: ${failure.message}` : `movip: ${failure.message}\n  next: ${failure.fix}`
}
