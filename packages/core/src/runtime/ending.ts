import { ConfigError, formatProblem } from '../config/problem.ts'
import type { Clock, Logger } from '../ports.ts'
import type { Driver } from './driver.ts'

/** What is held is taken down within this time by an end that waits for nothing else. */
const lastResortMs = 1000

/** A fault that nobody caught: what is held is let go before the process ends. */
export function watchFaults(driver: Driver, logger: Logger): () => void {
  const onFault = (error: unknown): void => {
    logger.error('broken', { error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
    driver.giveUp({ code: 1, why: 'a fault that nobody caught' }, lastResortMs)
  }
  process.on('uncaughtException', onFault)
  return () => void process.off('uncaughtException', onFault)
}

/** Hands everything over, then ends; after its time it lets go without. */
export function stop(driver: Driver, clock: Clock, logger: Logger, asked: { readonly signal: string; readonly withinMs: number }): void {
  const { signal, withinMs } = asked
  logger.info('stopping', { signal })
  driver.tell({ type: 'stop' })
  const cancel = clock.at(clock.now() + withinMs, () =>
    driver.giveUp({ code: 1, why: `handing over took longer than ${withinMs} ms` }, lastResortMs),
  )
  void driver.ended.then(cancel)
}

/** Says why a daemon could not start, or not go on. */
export function sayWhyNot(logger: Logger, error: unknown): void {
  if (error instanceof ConfigError) {
    for (const problem of error.problems) logger.error('start-failed', { code: 'CONFIG_INVALID', message: formatProblem(problem) })
    return
  }
  const { code, fix } = error as { code?: unknown; fix?: unknown }
  // A refusal that names the next step needs no stack.
  const expected = typeof fix === 'string'
  const message = error instanceof Error ? error.message : String(error)
  logger.error('start-failed', {
    ...(typeof code === 'string' ? { code } : {}),
    message,
    ...(expected ? { fix } : { stack: error instanceof Error ? error.stack : undefined }),
  })
}
