import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Announcer } from './announcer.ts'

describe('the schedule of announcements', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  function record(): { announcer: Announcer; times: number[] } {
    const times: number[] = []
    const start = Date.now()
    return { announcer: new Announcer(() => times.push(Date.now() - start)), times }
  }

  it('is 0, 50, 150, 500, 1100 and 2500 ms after the claim, then every 30 s', () => {
    const { announcer, times } = record()
    announcer.start()
    vi.advanceTimersByTime(70_000)
    expect(times).toEqual([0, 50, 150, 500, 1100, 2500, 32_500, 62_500])
  })

  it('begins anew when it is started again', () => {
    const { announcer, times } = record()
    announcer.start()
    vi.advanceTimersByTime(10_000)
    announcer.start()
    vi.advanceTimersByTime(600)
    expect(times.slice(6)).toEqual([10_000, 10_050, 10_150, 10_500])
  })

  it('is silent after the stop', () => {
    const { announcer, times } = record()
    announcer.start()
    announcer.stop()
    vi.advanceTimersByTime(100_000)
    expect(times).toEqual([0])
  })
})
