import { expect, test } from 'vitest'
import { withoutRepeats } from './without-repeats.ts'

test('what is said again and again is a warning once an hour, and after a new beginning', () => {
  let now = 0
  const lines: string[] = []
  const at = (level: string) => (event: string, fields?: unknown) => void lines.push(`${level} ${event} ${JSON.stringify(fields)}`)
  const { logger, forget } = withoutRepeats({ debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }, () => now)
  const warnings = (): string[] => lines.splice(0).filter((line) => line.startsWith('warn'))
  const failing = (attempt: number, node: string): void =>
    logger.warn('nats.server-log', { text: `Error trying to connect to route (attempt ${attempt}): dial tcp ${node}: i/o timeout` })
  for (let attempt = 1; attempt <= 1000; attempt++, now += 2000) failing(attempt, attempt % 2 === 0 ? '10.0.0.1' : '10.0.0.2')
  expect(warnings()).toEqual([expect.stringContaining('10.0.0.2'), expect.stringContaining('10.0.0.1')])
  for (let attempt = 1001; attempt <= 2000; attempt++, now += 2000) failing(attempt, '10.0.0.1')
  expect(warnings()).toHaveLength(1)
  forget()
  failing(2001, '10.0.0.1')
  expect(warnings()).toHaveLength(1)
})

test('of very many different lines the oldest are forgotten', () => {
  let said = 0
  const quiet = (): void => undefined
  const { logger } = withoutRepeats({ debug: quiet, info: quiet, warn: () => void (said += 1), error: quiet })
  for (let line = 0; line < 1000; line++) logger.warn('nats.server-log', { text: String(line) })
  logger.warn('nats.server-log', { text: '0' })
  logger.warn('nats.server-log', { text: '999' })
  expect(said).toBe(1001)
})
