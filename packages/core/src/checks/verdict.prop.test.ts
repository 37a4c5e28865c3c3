import fc from 'fast-check'
import { describe, it } from 'vitest'
import { fitnessOf } from './fitness.ts'
import { begin, elapse, hear, holdOffMsMax, newVerdict, rest } from './verdict.ts'
import type { Verdict } from './verdict.ts'

type Step = { readonly waitMs: number; readonly what: 'good' | 'bad' | 'begin' | 'rest' | 'elapse' }

const limits = fc.record({
  rise: fc.integer({ min: 1, max: 5 }),
  fall: fc.integer({ min: 1, max: 5 }),
  graceMs: fc.integer({ min: 0, max: 20_000 }),
})
const step: fc.Arbitrary<Step> = fc.record({
  waitMs: fc.integer({ min: 0, max: 60_000 }),
  what: fc.constantFrom('good', 'good', 'bad', 'bad', 'begin', 'rest', 'elapse'),
})

/** Every verdict on the way; a result comes only while it runs. */
function* walk(steps: readonly Step[], given: { rise: number; fall: number; graceMs: number }) {
  let verdict = begin(newVerdict(0), given, 0)
  let now = 0
  for (const { waitMs, what } of steps) {
    const before = verdict
    now += waitMs
    if (what === 'begin') verdict = begin(verdict, given, now)
    else if (what === 'rest') verdict = rest(verdict, { on: 'active' }, now)
    else if (what === 'elapse') verdict = elapse(verdict, now)
    else if (verdict.runs) verdict = hear(verdict, given, { ok: what === 'good', reason: what }, now)
    else continue
    yield { before, verdict, now, what }
  }
}

function expectAlways(
  property: (
    seen: { before: Verdict; verdict: Verdict; now: number; what: Step['what'] },
    all: Step['what'][],
    given: { rise: number; fall: number },
  ) => boolean,
) {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), limits, (steps, given) => {
      const all: Step['what'][] = []
      for (const seen of walk(steps, given)) {
        all.push(seen.what)
        if (!property(seen, all, given)) return false
      }
      return true
    }),
  )
}

const inRow = (all: readonly Step['what'][], what: Step['what'], count: number): boolean => {
  const results = all.filter((one) => one === 'good' || one === 'bad')
  return results.length >= count && results.slice(-count).every((one) => one === what)
}

describe('whatever happens, a check', () => {
  it('begins to fail only with as many bad results in a row as asked for', () => {
    expectAlways(
      ({ before, verdict }, all, { fall }) => before.state === 'failing' || verdict.state !== 'failing' || inRow(all, 'bad', fall),
    )
  })

  it('ceases to fail while it runs only with as many good results in a row as asked for', () => {
    expectAlways(
      ({ before, verdict }, all, { rise }) =>
        before.state !== 'failing' ||
        !before.runs ||
        verdict.state === 'failing' ||
        (verdict.state === 'passing' && inRow(all, 'good', rise)),
    )
  })

  it('never fails by a result within its grace', () => {
    expectAlways(({ before, verdict, now }) => !(verdict.state === 'failing' && before.state !== 'failing') || now >= before.graceUntil)
  })

  it('is never idle while it runs, and idle or remembering a failure while it rests', () => {
    expectAlways(({ verdict }) => (verdict.runs ? verdict.state !== 'idle' : verdict.state === 'idle' || verdict.state === 'failing'))
  })

  it('makes the node unfit exactly while it fails, and holds it off for the longest hold-off at most', () => {
    expectAlways(({ verdict, now }) => {
      const { level } = fitnessOf([{ id: 'c', verdict }], now)
      return (level === 'unfit') === (verdict.state === 'failing') && verdict.heldUntil <= now + holdOffMsMax
    })
  })

  it('forgets a failure while it rests', () => {
    expectAlways(({ verdict }) => elapse(rest(verdict, { on: 'active' }, 1e9), 1e9 + holdOffMsMax).state === 'idle')
  })
})
