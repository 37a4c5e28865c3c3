import { expect, it } from 'vitest'
import type { Clock } from '../ports.ts'
import { measureLateness } from './lateness.ts'

/** A clock that is moved by hand; alarms come as late as the test says. Names the time that the alarm was set for. */
function handClock(): { clock: Clock; run(lateMs: number): number } {
  let now = 0
  const alarms: { at: number; callback: () => void }[] = []
  return {
    clock: {
      now: () => now,
      at: (at, callback) => {
        const alarm = { at, callback }
        alarms.push(alarm)
        return () => void alarms.splice(alarms.indexOf(alarm), 1)
      },
    },
    run: (lateMs) => {
      const alarm = alarms.shift()
      if (!alarm) throw new Error('no alarm is set')
      now = alarm.at + lateMs
      alarm.callback()
      return alarm.at
    },
  }
}

it('tells the worst lateness of the last ten seconds, and tells it again only when it changed by much', () => {
  const { clock, run } = handClock()
  const told: number[] = []
  measureLateness({ clock, leaseMs: () => 1000, onChange: (latenessMs) => told.push(latenessMs) })
  for (let count = 0; count < 8; count += 1) run(1)
  expect(told).toEqual([])
  run(300)
  run(310)
  run(40)
  expect(told).toEqual([300])
  for (let count = 0; count < 34; count += 1) run(1)
  expect(told).toEqual([300])
  for (let count = 0; count < 12; count += 1) run(1)
  expect(told.at(-1)).toBeLessThan(5)
})

it('tells at once when half a lease or a whole one is crossed, by however little', () => {
  const { clock, run } = handClock()
  const told: number[] = []
  measureLateness({ clock, leaseMs: () => 1000, onChange: (latenessMs) => told.push(latenessMs) })
  run(480)
  run(499)
  run(501)
  run(510)
  run(990)
  run(1001)
  expect(told).toEqual([480, 501, 990, 1001])
})

it('judges by the lease that is in force now, and measures at its pace', () => {
  const { clock, run } = handClock()
  const told: number[] = []
  let leaseMs = 4000
  measureLateness({ clock, leaseMs: () => leaseMs, onChange: (latenessMs) => told.push(latenessMs) })
  expect([run(480), run(510)]).toEqual([1000, 2000])
  expect(told).toEqual([480])
  leaseMs = 1000
  expect([run(0), run(0), run(0)]).toEqual([3000, 3250, 3500])
  expect(told).toEqual([480, 510])
})

it('sets no more alarms once it is stopped', () => {
  const { clock, run } = handClock()
  measureLateness({ clock, leaseMs: () => 1000, onChange: () => undefined }).stop()
  expect(() => run(0)).toThrow('no alarm is set')
})
