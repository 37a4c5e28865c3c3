import { describe, expect, it } from 'vitest'
import { keepingLogger } from '../notify/samples-for-tests.ts'
import { hearTrouble } from './telling.ts'

describe('a logger that is listened to', () => {
  const heard = () => {
    const { logger, lines } = keepingLogger()
    const told: (readonly [string, string | undefined])[] = []
    const listened = hearTrouble(logger)
    listened.onTrouble((text, group) => told.push([text, group]))
    return { logger: listened, lines, told }
  }

  it('tells warnings and errors in words, and writes all lines as before', () => {
    const { logger, lines, told } = heard()
    logger.info('start', { version: '1' })
    logger.warn('check-failing', { group: 'web', check: 'http', why: 'status 503' })
    logger.error('storage-failing', { why: 'ENOSPC' })
    expect(told).toEqual([
      ['check-failing: group web; check http; why status 503', 'web'],
      ['storage-failing: why ENOSPC', undefined],
    ])
    expect(lines.map(({ level, event }) => `${level} ${event}`)).toEqual(['info start', 'warn check-failing', 'error storage-failing'])
  })

  it('tells nothing that is told as an event, and nothing of the telling itself', () => {
    const { logger, told } = heard()
    for (const event of ['call-failed', 'stuck', 'refused', 'plane', 'notify-failed']) logger.warn(event, { why: 'x' })
    expect(told).toEqual([])
  })

  it('tells no secrets, and nothing that is too long', () => {
    const { logger, told } = heard()
    logger.warn('x', { password: 's3cret', apiToken: 's3cret', long: 'y'.repeat(5000) })
    expect(told[0]?.[0]).not.toContain('s3cret')
    expect(told[0]?.[0]).toHaveLength(500)
  })
})
