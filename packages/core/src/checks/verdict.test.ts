import { describe, expect, it } from 'vitest'
import { fitnessOf } from './fitness.ts'
import { begin, elapse, forgetMs, hear, holdOffMs, holdOffMsMax, isHeldOff, newVerdict, rest } from './verdict.ts'
import type { Verdict } from './verdict.ts'

const limits = { rise: 2, fall: 3, graceMs: 5000 }
const active = { on: 'active' } as const
const bad = { ok: false, reason: 'status 503' }
const good = { ok: true, reason: null }

/** The verdict after results a second apart, `x` bad and `.` good; and the time of the last. */
function after(results: string, from: Verdict, now: number): [Verdict, number] {
  let verdict = from
  let at = now
  for (const result of results) {
    at += 1000
    verdict = hear(verdict, limits, result === '.' ? good : bad, at)
  }
  return [verdict, at]
}

function level(verdict: Verdict, now: number): string {
  const { level: found, reasons } = fitnessOf([{ id: 'http', verdict }], now)
  return reasons.length === 0 ? found : `${found}: ${reasons.join()}`
}

const started = begin(newVerdict(0), limits, 0)

describe('the verdict on a check', () => {
  it('is pending until the first good result, which is enough', () => {
    expect(level(started, 0)).toBe('keep: check http has not passed yet')
    const [verdict, now] = after('.', started, 0)
    expect(level(verdict, now)).toBe('fit')
  })

  it('counts no bad result during the grace after a start', () => {
    expect(after('xxxx', started, 0)[0].state).toBe('pending')
    expect(after('xxxxxxx', started, 0)[0].state).toBe('failing')
  })

  it('ends the grace with the first good result', () => {
    expect(after('.xxx', started, 0)[0].state).toBe('failing')
  })

  it('fails after as many bad results in a row as asked for, and says why', () => {
    expect(after('.xx.xx', started, 0)[0].state).toBe('passing')
    const [verdict, now] = after('.xxx', started, 0)
    expect(level(verdict, now)).toBe('unfit: check http: status 503 (3 times in 2.0 s)')
  })

  it('says the same for as long as it fails', () => {
    const [verdict, now] = after('.xxx', started, 0)
    const [later, then] = after('xxxxx', verdict, now)
    expect(level(later, then)).toBe(level(verdict, now))
    expect(later.since).toBe(now)
  })

  it('passes again after as many good results in a row as asked for, to be chosen last while it is held off', () => {
    const [failing, now] = after('.xxx', started, 0)
    expect(after('.x.', failing, now)[0].state).toBe('failing')
    const [verdict, then] = after('..', failing, now)
    expect(level(verdict, then)).toBe('fit: check http passes again after a failure')
    expect(level(verdict, now + holdOffMs)).toBe('fit')
  })

  it('is held off for longer with each failure, up to a limit, and forgets failures in the end', () => {
    let [verdict, now] = after('.', started, 0)
    const heldMs: number[] = []
    for (let round = 0; round < 8; round += 1) {
      ;[verdict, now] = after('xxx', verdict, now)
      heldMs.push(verdict.heldUntil - now)
      ;[verdict, now] = after('..', verdict, now)
    }
    expect(heldMs).toEqual([1, 2, 4, 8, 16, 30, 30, 30].map((times) => times * holdOffMs))
    expect(heldMs.at(-1)).toBe(holdOffMsMax)
    expect(elapse(verdict, now + forgetMs).failures).toEqual([])
  })

  it('begins to count a failure anew where it was interrupted by a good result', () => {
    const [verdict] = after('.xx.xxx', started, 0)
    expect(verdict.reason).toBe('status 503 (3 times in 2.0 s)')
  })
})

describe('a check that rests', () => {
  it('has nothing to say if it passed, and has to pass anew when it begins again', () => {
    const [verdict, now] = after('.', started, 0)
    const resting = rest(verdict, active, now)
    expect(level(resting, now)).toBe('fit')
    expect(level(begin(resting, limits, now + 1), now + 1)).toBe('keep: check http has not passed yet')
  })

  it('keeps the node off for the hold-off after a failure', () => {
    const [verdict, now] = after('.xxx', started, 0)
    const resting = rest(verdict, active, now + 100)
    expect(level(resting, now + 200)).toBe('unfit: check http: status 503 (3 times in 2.0 s); it was active here then')
    expect(level(elapse(resting, resting.heldUntil - 1), resting.heldUntil - 1)).toMatch(/^unfit/)
    expect(level(elapse(resting, resting.heldUntil), resting.heldUntil)).toBe('fit')
  })

  it('is held off even where it failed for so long that its first hold-off is over', () => {
    const [failing, now] = after('.xxx', started, 0)
    const later = now + 10 * holdOffMs
    expect(isHeldOff(rest(failing, active, later), later + holdOffMs - 1)).toBe(true)
  })

  it('says nothing of a standby node that has become the holder', () => {
    const [failing, now] = after('.xxx', started, 0)
    expect(level(rest(failing, { on: 'standby' }, now), now)).toBe('fit')
  })

  it('gives a new holder its grace, whatever it was before', () => {
    const [failing, now] = after('.xxx', started, 0)
    const resting = rest(failing, active, now)
    expect(after('xxxx', begin(resting, limits, now), now)[0].state).toBe('pending')
  })
})

describe('a check that goes on in another role', () => {
  it('keeps its verdict, and gives a new holder its grace', () => {
    const [passing, now] = after('.', started, 0)
    const promoted = begin(passing, limits, now)
    expect(promoted.state).toBe('passing')
    expect(after('xxxx', promoted, now)[0].state).toBe('passing')
    expect(after('.xxx', promoted, now)[0].state).toBe('failing')
  })
})

describe('the fitness for a group', () => {
  it('is that of the worst check, with the reasons of all', () => {
    const [failing, now] = after('.xxx', started, 0)
    const fitness = fitnessOf(
      [
        { id: 'disk', verdict: started },
        { id: 'http', verdict: failing },
        { id: 'tcp', verdict: after('.', started, 0)[0] },
      ],
      now,
    )
    expect(fitness).toEqual({ level: 'unfit', reasons: ['check disk has not passed yet', 'check http: status 503 (3 times in 2.0 s)'] })
  })

  it('is fit without any check', () => {
    expect(fitnessOf([], 0)).toEqual({ level: 'fit', reasons: [] })
  })
})
