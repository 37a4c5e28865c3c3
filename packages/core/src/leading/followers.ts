import { BackendError } from '../backend.ts'
import type { Clock, Logger } from '../backend.ts'
import type { Claiming } from './budget.ts'

/** A table that did not follow is led again after so long. */
const AGAIN_MS = 250
/** Once one has followed, the others are waited for so long. */
const GRACE_MS = 200

export interface FollowersOptions {
  readonly clock: Clock
  readonly logger: Logger
  /** Leads one table to this node, and resolves when it does. */
  readonly lead: (table: string, budget: Claiming) => Promise<void>
  readonly budget: Claiming
}

/**
 * Leads several tables to this node, each by itself, for as long as the budget lasts. Resolves when all have followed, or a moment after the
 * first of them: the rest goes on behind. Rejects when each of them has failed once.
 */
export function leadAll(tables: readonly string[], { clock, logger, lead, budget }: FollowersOptions): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const left = new Set(tables)
  const failed = new Map<string, unknown>()
  const onFollowed = (table: string): void => {
    left.delete(table)
    if (failed.has(table)) logger.info('lead-followed', { name: table })
    if (left.size === 0) resolve()
    else clock.at(clock.now() + GRACE_MS, resolve)
  }
  const onFailed = (table: string, error: unknown): void => {
    if (!failed.has(table)) logger.warn('lead-behind', { name: table, error: error instanceof Error ? error.message : String(error) })
    failed.set(table, error)
    if (failed.size === tables.length) reject(failureOf(tables.map((one) => failed.get(one))))
  }
  const follow = async (table: string): Promise<void> => {
    while (!budget.signal.aborted && clock.now() < budget.until) {
      try {
        await lead(table, budget)
        onFollowed(table)
        return
      } catch (error) {
        onFailed(table, error)
      }
      await new Promise<void>((again) => void clock.at(clock.now() + AGAIN_MS, again))
    }
    reject(new Error(`the lease ended before ${table} had followed`))
  }
  for (const table of tables) void follow(table)
  return promise
}

/** What is wrong everywhere, in the order in which they are named: what comes first mostly is the cause of the others. */
function failureOf(errors: readonly unknown[]): Error {
  const [first] = errors
  const messages = new Set(errors.map((error) => (error instanceof Error ? error.message : String(error))))
  if (messages.size === 1 && first instanceof Error) return first
  const { code, fix } = first instanceof BackendError ? first : { code: 'FAILED' as const, fix: 'see what each of them says' }
  return new BackendError(code, [...messages].join('; '), fix, { cause: first })
}
