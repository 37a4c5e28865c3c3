import type { Logger } from '../../ports.ts'

/** After so long the same is said again. */
const againMs = 3_600_000
const rememberedMax = 100
/** How often it was tried differs from line to line. */
const attempts = /\(attempt \d+\)/

/**
 * What a server that cannot start, or cannot reach another, says again and again is a warning once, and then it is for who looks closely: it
 * may go on for days.
 */
export function withoutRepeats(logger: Logger, now = () => performance.now()): { readonly logger: Logger; readonly forget: () => void } {
  const said = new Map<string, number>()
  const warn: Logger['warn'] = (event, fields) => {
    const line = JSON.stringify([event, fields]).replace(attempts, '')
    const at = now()
    const before = said.get(line)
    if (before !== undefined && at - before < againMs) return logger.debug(event, fields)
    said.delete(line)
    said.set(line, at)
    for (const oldest of said.keys()) {
      if (said.size <= rememberedMax) break
      said.delete(oldest)
    }
    logger.warn(event, fields)
  }
  return { logger: { ...logger, warn }, forget: () => said.clear() }
}
