import { describe, expect, it } from 'vitest'
import { createHandClock } from '../checks/clock-for-tests.ts'
import type { NotifyTarget } from '../model/index.ts'
import type { Deliver, Delivery, NotifyMessage } from './message.ts'
import { Outbox } from './outbox.ts'
import { keepingLogger, noticeOf, targetOf } from './samples-for-tests.ts'

const good: Delivery = { ok: true, said: 'thanks' }
const busy: Delivery = { ok: false, why: 'status 503', isFinal: false }

function start(about: Partial<NotifyTarget> = {}, answer: (message: NotifyMessage) => Delivery = () => good) {
  const clock = createHandClock()
  const { logger, lines } = keepingLogger()
  const began = clock.now()
  const sent: { readonly at: number; readonly message: NotifyMessage }[] = []
  const deliver: Deliver = (message) => {
    sent.push({ at: clock.now() - began, message })
    return Promise.resolve(answer(message))
  }
  const outbox = new Outbox({ target: targetOf(about), cluster: 'shop', node: 'n1', clock, logger, deliver })
  const add = (...ids: readonly string[]): void => ids.forEach((id) => outbox.add(noticeOf(id)))
  const told = (): readonly (readonly string[])[] => sent.map(({ message }) => message.notices.map(({ id }) => id))
  return { clock, outbox, add, sent, told, lines }
}

describe('what waits for a target', () => {
  it('within a burst goes in one message', async () => {
    const { clock, add, told } = start()
    add('a')
    await clock.pass(4000)
    add('b')
    expect(told()).toEqual([])
    await clock.pass(2000)
    expect(told()).toEqual([['a', 'b']])
    add('c')
    await clock.pass(6000)
    expect(told()).toEqual([['a', 'b'], ['c']])
  })

  it('is sent in so many messages a minute; what comes meanwhile waits for the next', async () => {
    const { clock, add, sent, told } = start({ burstMs: 1000, perMinute: 2 })
    for (const id of ['a', 'b', 'c', 'd', 'e']) {
      add(id)
      await clock.pass(2000)
    }
    expect(told()).toEqual([['a'], ['b']])
    await clock.pass(60_000)
    expect(told()).toEqual([['a'], ['b'], ['c', 'd', 'e']])
    expect(sent.map(({ at }) => at)).toEqual([1000, 3000, 61_000])
  })

  it('is told as far as there is room, the latest of it, and the rest counted', async () => {
    const { clock, add, sent } = start()
    add(...Array.from({ length: 87 }, (_, index) => `n${index}`))
    await clock.pass(5000)
    expect(sent).toHaveLength(1)
    const { notices, omitted, subject } = sent[0]?.message ?? {}
    expect([notices?.length, notices?.[0]?.id, notices?.at(-1)?.id, omitted]).toEqual([50, 'n37', 'n86', 37])
    expect(subject).toContain('(and 86 more)')
  })

  it('is tried again with growing pauses, under the same name, until it arrives', async () => {
    let left = 4
    const { clock, add, sent, lines } = start({}, () => (left-- > 0 ? busy : good))
    add('a')
    await clock.pass(60_000)
    expect(sent.map(({ at }) => at)).toEqual([5000, 6000, 8000, 12_000, 20_000])
    expect(new Set(sent.map(({ message }) => message.id)).size).toBe(1)
    expect(lines.map(({ event }) => event)).toEqual(['notify-delayed', 'notified'])
  })

  it('is given up when that goes on for a quarter of an hour, and the next message says how much was lost', async () => {
    let answer: Delivery = busy
    const { clock, add, sent, lines } = start({}, () => answer)
    add('a', 'b')
    await clock.pass(1_000_000)
    const attempts = sent.length
    expect(sent.at(-1)?.at).toBeLessThanOrEqual(905_000)
    expect(lines.at(-1)).toMatchObject({ level: 'error', event: 'notify-failed', fields: { notices: 2, why: 'status 503' } })
    answer = good
    add('c')
    await clock.pass(10_000)
    expect(sent.slice(attempts).map(({ message }) => message.lost)).toEqual([2])
  })

  it('that the target refuses for good is not tried again', async () => {
    const { clock, add, sent, lines } = start({}, () => ({ ok: false, why: 'status 404', isFinal: true }))
    add('a')
    await clock.pass(600_000)
    expect(sent).toHaveLength(1)
    expect(lines.at(-1)).toMatchObject({ event: 'notify-failed', fields: { why: 'status 404' } })
  })

  it('when the daemon ends is sent at once, and once', async () => {
    const { outbox, add, told } = start({}, () => busy)
    add('a')
    await outbox.close(10_000)
    expect(told()).toEqual([['a']])
    add('b')
    await outbox.close(10_000)
    expect(told()).toEqual([['a']])
  })

  it('is given up, and nothing else ends, where an attempt may take longer than a timer can wait', async () => {
    const { outbox, add, lines } = start({ timeoutMs: 2 ** 32 })
    add('a')
    await outbox.close(10_000)
    expect(lines.at(-1)).toMatchObject({ event: 'notify-failed' })
  })

  it('does not hold up a daemon that ends while the target is silent', async () => {
    const { logger } = keepingLogger()
    const deliver: Deliver = (_, signal) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))))
    const outbox = new Outbox({ target: targetOf(), cluster: 'shop', node: 'n1', clock: createHandClock(), logger, deliver })
    outbox.add(noticeOf('a'))
    await expect(outbox.close(50)).resolves.toBeUndefined()
  })
})
