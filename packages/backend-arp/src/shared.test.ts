import { describe, expect, it } from 'vitest'
import { Shared } from './shared.ts'

/** Things with numbers; closing takes until it is let go on. */
function things() {
  const made: number[] = []
  const closed: number[] = []
  const ends: (() => void)[] = []
  const shared = new Shared<number>({
    make: () => {
      made.push(made.length + 1)
      return Promise.resolve(made.length)
    },
    close: async (thing) => {
      await new Promise<void>((resolve) => ends.push(resolve))
      closed.push(thing)
    },
  })
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
  return { shared, made, closed, ends, settle }
}

describe('what is shared', () => {
  it('is made for the first and closed after the last', async () => {
    const { shared, made, closed, ends, settle } = things()
    expect(await Promise.all([shared.take(), shared.take()])).toEqual([1, 1])
    expect(await shared.giveBack()).toBe(false)
    expect(shared.inUse).toBe(true)
    const last = shared.giveBack()
    await settle()
    ends[0]?.()
    expect(await last).toBe(true)
    expect([made, closed, shared.inUse]).toEqual([[1], [1], false])
  })

  it('is not closed under somebody who takes it while another gives it back', async () => {
    const { shared, made, closed } = things()
    await shared.take()
    const taken = shared.take()
    expect(await shared.giveBack()).toBe(false)
    expect(await taken).toBe(1)
    expect([made, closed]).toEqual([[1], []])
  })

  it('is made anew for whoever comes while it is being closed, and only after that', async () => {
    const { shared, made, closed, ends, settle } = things()
    await shared.take()
    const closing = shared.giveBack()
    const taken = shared.take()
    await settle()
    expect([made, closed]).toEqual([[1], []])
    ends[0]?.()
    await closing
    expect(await taken).toBe(2)
    expect([made, closed]).toEqual([[1, 2], [1]])
  })

  it('is tried again after it could not be made', async () => {
    let attempts = 0
    const shared = new Shared<number>({
      make: () => (++attempts === 1 ? Promise.reject(new Error('not now')) : Promise.resolve(attempts)),
      close: () => Promise.resolve(),
    })
    await expect(shared.take()).rejects.toThrow('not now')
    expect(shared.inUse).toBe(false)
    expect(await shared.take()).toBe(2)
  })
})
