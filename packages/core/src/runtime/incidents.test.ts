import { expect, it, vi } from 'vitest'
import type { ClusterReply, ClusterRequest } from '../model/index.ts'
import { Incidents } from './incidents.ts'

const silent = (): void => undefined

/** What is told, under a clock that a test turns. */
function tellIncidents(...replies: readonly ClusterReply[]): {
  readonly incidents: Incidents
  readonly told: ClusterRequest[]
  readonly journal: string[]
} {
  const told: ClusterRequest[] = []
  const journal: string[] = []
  const say = (line: string): void => void journal.push(line)
  const left = [...replies]
  const incidents = new Incidents({
    node: 'b',
    clock: {
      now: () => performance.now(),
      at: (instant, callback) => {
        const timer = setTimeout(callback, instant - performance.now())
        return () => clearTimeout(timer)
      },
    },
    logger: { debug: silent, info: silent, warn: say, error: say },
    driver: () => ({
      request: (wish) => {
        told.push(wish)
        return Promise.resolve(left.shift() ?? { ok: true, index: 9 })
      },
    }),
  })
  return { incidents, told, journal }
}

const seen = (through: string) => ({ state: 'stolen', epoch: 7, through, to: 'eni-1' }) as const

it('what is seen at the same time is told in one go, with who saw it and when, and stands in the journal', async () => {
  vi.useFakeTimers({ now: Date.UTC(2026, 10, 22, 16) })
  const { incidents, told, journal } = tellIncidents()
  incidents.note('web', '10.99.0.50/32', seen('rtb-1'))
  incidents.note('web', '10.99.0.50/32', seen('rtb-2'))
  await vi.advanceTimersByTimeAsync(100)
  const common = {
    state: 'stolen',
    group: 'web',
    node: 'b',
    epoch: 7,
    endpoint: '10.99.0.50/32',
    to: 'eni-1',
    at: '2026-11-22T16:00:00.000Z',
  }
  expect(told).toEqual([
    {
      type: 'tell',
      incidents: [
        { ...common, through: 'rtb-1' },
        { ...common, through: 'rtb-2' },
      ],
    },
  ])
  expect(journal).toEqual(['stolen', 'stolen'])
  vi.useRealTimers()
})

it('what nobody could be told of is told once somebody coordinates', async () => {
  vi.useFakeTimers()
  const { incidents, told } = tellIncidents({ ok: false, code: 'no-quorum', message: 'no coordinator' })
  incidents.note('web', '10.99.0.50/32', seen('rtb-1'))
  await vi.advanceTimersByTimeAsync(5000)
  expect(told).toHaveLength(2)
  vi.useRealTimers()
})
