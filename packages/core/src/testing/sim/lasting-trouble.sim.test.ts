import { expect, it } from 'vitest'
import { assertSeed } from './run-seed.ts'
import { shippedParts } from './shipped-parts.ts'

const KINDS = [
  'UNFIT',
  'claims fail for good',
  'claims hang for good',
  'fails for good',
  'hangs for good',
  'there, for good',
  'back, for good',
  'both, for good',
]

it('each kind of trouble that lasts comes in some world, and none of them keeps the shipped engine from serving', () => {
  const missing = new Set(KINDS)
  for (let seed = 1; missing.size > 0 && seed <= 200; seed++) {
    const { timeline } = assertSeed({ seed, shape: 'three', troubleLeases: 4, parts: shippedParts, verbose: true })
    const after = timeline.slice(timeline.findIndex((line) => line.includes('CALM'))).filter((line) => line.includes('for good'))
    for (const kind of missing) if (after.some((line) => line.includes(kind))) missing.delete(kind)
  }
  expect([...missing]).toEqual([])
})
