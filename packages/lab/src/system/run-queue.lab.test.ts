import { spawn } from 'node:child_process'
import { expect, it } from 'vitest'
import { pollUntil } from '../wait.ts'
import { childrenOf, threadsOf, timesOf } from './run-queue.ts'

const CPU = 0

it('counts how long a thread had its CPU, and waited for it while others had it', async () => {
  const loops = Array.from({ length: 2 }, () =>
    spawn('taskset', ['-c', String(CPU), 'sh', '-c', 'while :; do :; done'], { stdio: 'ignore' }),
  )
  try {
    // Two that never rest on one CPU: each waits while the other runs.
    for (const { pid } of loops) {
      await pollUntil(() => (timesOf(pid!)?.waitedMs ?? 0) > 50, 'a loop to wait for its turn')
      await pollUntil(() => (timesOf(pid!)?.ranMs ?? 0) > 50, 'a loop to have its turn')
    }
    expect(loops.every(({ pid }) => childrenOf(process.pid).includes(pid!))).toBe(true)
  } finally {
    for (const loop of loops) loop.kill('SIGKILL')
  }
})

it('knows all threads of a process, and of one that is gone nothing', () => {
  expect(threadsOf(process.pid)).toContain(process.pid)
  const gone = 2 ** 22 + 1
  expect([threadsOf(gone), childrenOf(gone), timesOf(gone)]).toEqual([[], [], null])
})
