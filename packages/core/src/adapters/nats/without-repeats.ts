import type { Logger } from '../../ports.ts'

/** A server that cannot start is tried for as long as the daemon runs, and need not say the same each time. */
export function withoutRepeats(logger: Logger): { readonly logger: Logger; readonly forget: () => void } {
  const said = new Set<string>()
  const warn = (event: string, fields?: Readonly<Record<string, unknown>>): void => {
    const line = JSON.stringify([event, fields])
    if (!said.has(line)) logger.warn(event, fields)
    said.add(line)
  }
  return { logger: { ...logger, warn }, forget: () => said.clear() }
}
