import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { drain } from './maintain.ts'
import { clusterAnswer, statusAnswer } from './testing/answers.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const slow = { id: 'db', kind: 'systemd', startMs: 60_000, stopMs: 40_000, options: { unit: 'db' } }
const [web] = clusterAnswer().cluster.groups
const [known] = statusAnswer().engine.groups

/** A daemon whose groups, all held by `a`, are served by `b` so many ms after the drain. */
function clientWhere(servedAfterMs: readonly number[]): Parameters<typeof drain>[0] {
  const began = Date.now()
  const groups = servedAfterMs.map((_, index) => ({ ...web!, id: `g${index}`, service: [slow] }))
  const status = () =>
    statusAnswer({
      groups: servedAfterMs.map((afterMs, index) => ({
        ...known!,
        id: `g${index}`,
        holder: Date.now() - began >= afterMs ? 'b' : 'a',
        candidates: [{ node: 'b', fitness: { level: 'fit', reasons: [] } }],
      })),
    })
  return {
    status: () => Promise.resolve(status()),
    cluster: () => Promise.resolve(clusterAnswer({ groups })),
    maintain: () => Promise.resolve({ schemaVersion: 1, nodes: ['a'], index: 9 }),
  }
}

async function drained(servedAfterMs: readonly number[]): Promise<readonly (string | null)[]> {
  const result = drain(clientWhere(servedAfterMs), ['a'], false)
  await vi.advanceTimersByTimeAsync(400_000)
  return (await result).groups.map(({ to }) => to)
}

it('a drain waits for as long as the slowest service may take', async () => {
  expect(await drained([110_000])).toEqual(['b'])
  expect(await drained([120_000])).toEqual([null])
})

it('a drain waits on while one group after the other comes over', async () => {
  expect(await drained([80_000, 160_000, 240_000])).toEqual(['b', 'b', 'b'])
})
