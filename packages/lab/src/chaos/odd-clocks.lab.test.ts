import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { SeededRandom } from '@movip/core/testing/random'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Network } from '../network/network.ts'
import { createNetwork } from '../network/network.ts'
import { createWallClock, faketimeLibrary, shiftedStarts } from './odd-clocks.ts'

let network: Network
let folder: string
beforeAll(async () => {
  network = await createNetwork({ nodes: ['n1'] })
  folder = join(network.folder.path, 'clocks')
  mkdirSync(folder)
})
afterAll(() => network?.close())

/** How far the clocks of a program that is started this way are from this process's, in s. */
function shiftsOf(under: readonly string[]): { wall: number; monotonic: number } {
  const program = 'console.log(JSON.stringify([Date.now(), Number(process.hrtime.bigint() / 1000000n)]))'
  const [file, ...args] = [...under, process.execPath, '-e', program]
  const { stdout, stderr } = spawnSync(file, args, { encoding: 'utf8' })
  if (stdout === '') throw new Error(stderr)
  const [wall, monotonic] = JSON.parse(stdout) as [number, number]
  const apart = (theirs: number, ours: number): number => Math.round((theirs - ours) / 10_000) * 10 + 0
  return { wall: apart(wall, Date.now()), monotonic: apart(monotonic, Number(process.hrtime.bigint() / 1_000_000n)) }
}

it('a wall clock that is set moves neither the monotonic clock nor anybody else', () => {
  const library = faketimeLibrary()
  if (library === null) throw new Error('this test needs libfaketime: apt-get install libfaketime')
  const clock = createWallClock(folder, library)
  expect(shiftsOf(clock.under)).toEqual({ wall: 0, monotonic: 0 })
  clock.shift(86_400)
  expect(shiftsOf(clock.under)).toEqual({ wall: 86_400, monotonic: 0 })
  clock.shift(-3600)
  expect(shiftsOf(clock.under)).toEqual({ wall: -3600, monotonic: 0 })
  expect(shiftsOf([])).toEqual({ wall: 0, monotonic: 0 })
})

it('every start in a time namespace finds another monotonic clock and the same wall clock', () => {
  const under = shiftedStarts(folder, new SeededRandom(1))
  const starts = [shiftsOf(under()), shiftsOf(under())]
  expect(starts.map(({ wall }) => wall)).toEqual([0, 0])
  expect(starts.every(({ monotonic }) => monotonic > 1000)).toBe(true)
  expect(starts[0]?.monotonic).not.toBe(starts[1]?.monotonic)
})
