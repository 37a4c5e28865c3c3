import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { formatCase, parseCase } from './corpus.ts'
import { assertHolds } from './fuzz.ts'
import type { FuzzRecord } from './fuzz.ts'
import { mutatedBytes, mutatedJson } from './mutations.ts'

let folder = ''
let corpus: URL
const bytes = fc.array(fc.uint8Array({ maxLength: 30 }), { maxLength: 3 })

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'movip-fuzz-'))
  corpus = pathToFileURL(`${folder}/`)
  vi.stubEnv('FUZZ_CASES', '500')
  vi.stubEnv('FUZZ_SEED', '7')
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

const run = (check: (inputs: readonly Uint8Array[]) => void): Promise<void> =>
  assertHolds(fc, { name: 'sample', corpus, cases: bytes, check })
const refuseSeven = (inputs: readonly Uint8Array[]): void => {
  if (inputs.some((input) => input.includes(7))) throw new Error('a seven')
}

describe('fuzzing', () => {
  it('makes a failing case small, keeps it in readable form, and says how to see it again', async () => {
    await expect(run(refuseSeven)).rejects.toThrow(/a seven[^]*npm run fuzz -- --target sample --seed 7 --cases 500/)
    const [name = ''] = readdirSync(join(folder, 'sample'))
    expect(readFileSync(join(folder, 'sample', name), 'utf8')).toBe('# Error: a seven\n# found with seed 7\nhex 07\n')
  })

  it('puts past failures first, and names the one that fails again', async () => {
    await run(refuseSeven).catch(() => undefined)
    const seen: string[] = []
    const watch = (inputs: readonly Uint8Array[]): void => void seen.push(inputs.map((input) => Buffer.from(input).toString('hex')).join())
    await run(watch)
    expect(seen[0]).toBe('07')
    vi.stubEnv('FUZZ_CASES', '0')
    await expect(run(refuseSeven)).rejects.toThrow(/fails again on .*sample\//)
  })

  it('draws the same cases from the same seed', async () => {
    const draw = async (seed: string): Promise<string> => {
      vi.stubEnv('FUZZ_SEED', seed)
      const seen: string[] = []
      await run((inputs) => void seen.push(inputs.map((input) => Buffer.from(input).toString('hex')).join()))
      return seen.join(' ')
    }
    const first = await draw('1')
    expect(await draw('1')).toBe(first)
    expect(await draw('2')).not.toBe(first)
  })

  it('leaves a record of what came of each target, where one is wanted, and none of a target that was not asked for', async () => {
    const file = join(folder, 'records')
    vi.stubEnv('FUZZ_RECORDS', file)
    await run(() => undefined)
    await run(refuseSeven).catch(() => undefined)
    vi.stubEnv('FUZZ_TARGET', 'other,another')
    await run(refuseSeven)
    const records = readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as FuzzRecord)
    expect(records).toMatchObject([
      { target: 'sample', cases: 500, failure: null },
      { target: 'sample', failure: expect.stringContaining('a seven') as string },
    ])
  })

  it('notices what is left behind from case to case', async () => {
    const kept: Uint8Array[] = []
    await expect(run(() => void kept.push(new Uint8Array(200_000).fill(1)))).rejects.toThrow(/MB behind/)
  })

  it('notices a case that hangs', async () => {
    vi.stubEnv('FUZZ_CASES', '1')
    const slow = (): void => {
      const end = performance.now() + 1100
      while (performance.now() < end);
    }
    writeFileSync(join(folder, 'unrelated.txt'), '')
    await expect(assertHolds(fc, { name: 'slow', corpus, cases: fc.constant([]), caseMsMax: 1000, check: slow })).rejects.toThrow(
      /one case took/,
    )
  })

  it('reads back every case that it writes', () => {
    fc.assert(
      fc.property(bytes, fc.array(fc.string()), (inputs, texts) => {
        const all = [...inputs, ...texts.map((text) => Buffer.from(text))].map((input) => Buffer.from(input))
        expect(parseCase(formatCase('why', all)).map((input) => Buffer.from(input))).toEqual(all)
      }),
    )
  })

  it('makes cases that are near to right ones: some right, some not even JSON, some with a key twice', () => {
    const seeds = [[{ a: 1, list: [{ b: 'x' }] }, { c: true }]]
    const texts = fc.sample(mutatedJson(fc, seeds), { numRuns: 2000, seed: 1 }).map((made) => Buffer.from(made).toString())
    expect(texts).toContain('{"a":1,"list":[{"b":"x"}]}\n{"c":true}')
    expect(texts.some((text) => text.includes('"__proto__":'))).toBe(true)
    expect(texts.some((text) => /"a":[^,]+,.*"a":/.test(text))).toBe(true)
    expect(texts.some((text) => text.includes('[[[[[[['))).toBe(true)
    const sizes = fc.sample(mutatedBytes(fc, [Buffer.alloc(20)]), { numRuns: 500, seed: 1 }).map((made) => made.length)
    expect(Math.min(...sizes)).toBe(0)
    expect(Math.max(...sizes)).toBeGreaterThan(40)
    expect(sizes).toContain(20)
  })
})
