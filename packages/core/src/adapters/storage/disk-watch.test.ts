import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createDiskWatch } from './disk-watch.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }))
afterEach(() => void vi.useRealTimers())

it('a disk is called silent a second after it was last heard, not after the asking of a write that waited behind another', () => {
  const watch = createDiskWatch()
  const told: (string | null)[] = []
  watch.onFailing((failing) => told.push(failing))
  watch.started(1)
  watch.started(2)
  vi.advanceTimersByTime(3000)
  watch.persisted(1)
  vi.advanceTimersByTime(900)
  watch.persisted(2)
  watch.started(3)
  vi.advanceTimersByTime(1100)
  expect(told).toEqual(['disk has not answered for 1000 ms', null, 'disk has not answered for 1000 ms'])
  watch.stop()
})
