import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Promises } from '../../lease/promises.ts'
import { allMutants } from '../mutants/all-mutants.ts'
import { withPatchedCopy } from '../mutants/patched-copy.ts'
import { search } from './search.ts'
import type { Report } from './search.ts'
import { WORLDS } from './worlds.ts'
import type { World } from './worlds.ts'

function world(name: string, changes: Partial<World> = {}): World {
  const found = WORLDS.find((other) => other.name === name)
  if (found === undefined) throw new Error(`there is no world ${name}`)
  return { ...found, ...changes }
}

/** States in an ordinary run of the tests; the nightly size is a matter of `npm run explore`. */
const STATES = 30_000

describe('the shipped engine', () => {
  it.each(WORLDS.map(({ name }) => name))('breaks no rule in any state of the small world "%s" that it gets to', (name) => {
    const report = search(world(name), { states: STATES })
    expect(report.violation?.story.join('\n')).toBeUndefined()
    expect(report.states).toBeGreaterThan(1000)
  })

  it('breaks no rule in any story with one deviation, in which the group also moves', () => {
    const report = search(world('calm'), { states: 1_000_000, bound: 1 })
    expect(report.violation?.story.join('\n')).toBeUndefined()
    expect(report).toMatchObject({ exhaustive: true, completeUpTo: 1 })
    expect(report.servedBy).toEqual(expect.arrayContaining(['b g', 'c g']))
  })
})

/** Runs with one method of the engine replaced. */
function planted<K extends 'make' | 'refusesUntil'>(name: K, broken: (real: Promises[K]) => Promises[K], run: () => Report): Report {
  const real = Promises.prototype[name]
  Promises.prototype[name] = broken(real)
  try {
    return run()
  } finally {
    Promises.prototype[name] = real
  }
}

/** What `npm run explore` answers on a copy of the sources with that bug planted. */
function exploredWith(mutant: string, worldName: string): Promise<{ readonly exitCode: number | null; readonly answer: Answer }> {
  const edits = allMutants.find(({ name }) => name === mutant)?.edits
  if (edits === undefined) throw new Error(`there is no planted bug ${mutant}`)
  return withPatchedCopy(edits, async (copy) => {
    const args = [join(copy, 'testing/explore/main.ts'), '--world', worldName, '--states', '400000', '--json']
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
    const [json = ''] = stdout.trim().split('\n').slice(-1)
    expect(stderr).toBe('')
    return { exitCode: status, answer: JSON.parse(json) as Answer }
  })
}
interface Answer {
  readonly violations: number
  readonly reports: readonly Report[]
}

describe('a planted mistake', () => {
  it.each([
    ['lease-from-receipt', /nothing from b reaches \w from now on/],
    ['denial-ignored', /a\/1:0.0,b\/1:0.0!g/],
  ])('is found among stories with two deviations: %s', async (mutant, told) => {
    const { exitCode, answer } = await exploredWith(mutant, 'one-way')
    expect(exitCode).toBe(1)
    const { violation } = answer.reports[0] as Report
    expect(violation).toMatchObject({ rule: 'never two', cost: 2 })
    expect(violation?.story.join('\n')).toMatch(told)
  })

  it('is found: voters agree and promise nothing', () => {
    const report = planted(
      'make',
      () => () => undefined,
      () => search(world('quiet', { faults: ['split'] }), { states: 500_000, bound: 1 }),
    )
    expect(report.violation).toMatchObject({ rule: 'never two', cost: 1 })
    const story = report.violation?.story.join('\n')
    expect(story).toMatch(/nothing passes between \w and \w from now on/)
    expect(story).toMatch(/\w and \w may serve g/)
  })

  it('is found: a restarted voter forgets its promises and does not wait', () => {
    const report = planted(
      'refusesUntil',
      (real) =>
        function (this: Promises, ...asked) {
          Object.assign(this, { restartUntil: -Infinity })
          return real.apply(this, asked)
        },
      () => search(world('quiet', { faults: ['split', 'bounce'] }), { states: 500_000, bound: 2 }),
    )
    expect(report.violation).toMatchObject({ rule: 'never two', cost: 2 })
  })

  it('is found: a promise is no longer than a lease, whatever the clocks', () => {
    const report = planted(
      'make',
      (real) =>
        function (this: Promises, promise, now, leaseMs, timing) {
          return real.call(this, promise, now, leaseMs, { ...timing, driftPpmMax: 0 })
        },
      () => search(world('skewed-quiet', { faults: ['isolate'] }), { states: 500_000, bound: 1 }),
    )
    expect(report.violation).toMatchObject({ rule: 'never two', cost: 1 })
  })
})
