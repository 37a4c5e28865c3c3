import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { quorumOf } from '../model/index.ts'
import { leaseEnd, promiseEnd } from './arithmetic.ts'
import { Leases } from './leases.ts'
import { Promises } from './promises.ts'

/** A clock is a line through true time. The two rates of a pair differ by the bound at most. */
interface Clocks {
  readonly driftPpmMax: number
  readonly holder: { readonly rate: number; readonly offset: number }
  readonly voter: { readonly rate: number; readonly offset: number }
}

const clocks: fc.Arbitrary<Clocks> = fc
  .record({
    driftPpmMax: fc.integer({ min: 0, max: 200_000 }),
    middle: fc.double({ min: 0.9, max: 1.1, noNaN: true }),
    holderShare: fc.double({ min: -1, max: 1, noNaN: true }),
    voterShare: fc.double({ min: -1, max: 1, noNaN: true }),
    offsets: fc.tuple(fc.integer({ min: 0, max: 1e9 }), fc.integer({ min: 0, max: 1e9 })),
  })
  .map(({ driftPpmMax, middle, holderShare, voterShare, offsets }) => {
    // `driftPpmMax` bounds the difference of two rates, relative to either.
    const half = driftPpmMax / 2 / 1e6 / (1 + driftPpmMax / 2e6)
    return {
      driftPpmMax,
      holder: { rate: middle * (1 + half * holderShare), offset: offsets[0] },
      voter: { rate: middle * (1 + half * voterShare), offset: offsets[1] },
    }
  })

const local = (clock: { rate: number; offset: number }, at: number): number => clock.offset + at * clock.rate
const trueTime = (clock: { rate: number; offset: number }, instant: number): number => (instant - clock.offset) / clock.rate
/** Far below a tick of any rule, far above what doubles lose here. */
const ROUNDING_MS = 1e-5

describe('lease arithmetic under drift', () => {
  it('ends no lease later in true time than the promise that it rests on, whatever the clocks and the delay', () => {
    fc.assert(
      fc.property(
        clocks,
        fc.integer({ min: 1, max: 60_000 }),
        fc.double({ min: 0, max: 1e6, noNaN: true }),
        fc.double({ min: 0, max: 1e5, noNaN: true }),
        (pair, leaseMs, sentTrue, delay) => {
          const sentAt = local(pair.holder, sentTrue)
          const lease = trueTime(pair.holder, leaseEnd([sentAt + leaseMs]))
          const promise = trueTime(pair.voter, promiseEnd(local(pair.voter, sentTrue + delay), leaseMs, pair))
          expect(lease).toBeLessThanOrEqual(promise + ROUNDING_MS)
        },
      ),
      { numRuns: 5000 },
    )
  })

  it('needs the drift factor: without it some pair of clocks breaks the rule', () => {
    const fast = { rate: 1 + 0.001, offset: 0 }
    const slow = { rate: 1, offset: 0 }
    const lease = trueTime(slow, leaseEnd([1000]))
    expect(lease).toBeGreaterThan(trueTime(fast, 1000))
    expect(lease).toBeLessThanOrEqual(trueTime(fast, promiseEnd(0, 1000, { driftPpmMax: 1000 })))
  })

  it('lets a lease run only as long as a quorum of promises does', () => {
    const ends = fc.array(fc.integer({ min: 0, max: 10_000 }), { minLength: 1, maxLength: 7 })
    fc.assert(
      fc.property(ends, (each) => {
        const end = leaseEnd(each)
        expect(each.filter((other) => other >= end).length).toBeGreaterThanOrEqual(quorumOf(each.length))
        expect(each.filter((other) => other > end).length).toBeLessThan(quorumOf(each.length))
      }),
    )
  })

  it('is never lengthened by an echo that comes late, twice or out of order', () => {
    const incarnation = { dataId: 'd', generation: 1 }
    const voters = ['a', 'b', 'c']
    const arrivals = fc.array(fc.tuple(fc.constantFrom(...voters), fc.integer({ min: 0, max: 9 })), { maxLength: 60 })
    fc.assert(
      fc.property(arrivals, (heard) => {
        const leases = new Leases('x', incarnation)
        const newest = new Map<string, number>()
        for (let beat = 0; beat < 10; beat++)
          leases.sent({ sentAt: beat * 100, madeAt: beat * 100, leaseMs: 2000, voters, listed: new Map([['g', 5]]) })
        for (const [voter, beat] of heard) {
          leases.heard(voter, { node: 'x', incarnation, sentAt: beat * 100, denied: [] })
          newest.set(voter, Math.max(newest.get(voter) ?? -Infinity, beat * 100 + 2000))
        }
        expect(leases.reckon()('g', 5)).toBe(leaseEnd(voters.map((voter) => newest.get(voter) ?? -Infinity)))
      }),
    )
  })

  it('counts no echo of another life, of a beat that did not list the group, of a denied group or of a stranger', () => {
    const incarnation = { dataId: 'd', generation: 2 }
    const echo = fc.record({
      voter: fc.constantFrom('a', 'b', 'stranger'),
      generation: fc.constantFrom(1, 2, 3),
      beat: fc.constantFrom(100, 200, 300),
      denied: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(echo, { maxLength: 20 }), (echoes) => {
        const leases = new Leases('x', incarnation)
        const voters = ['a', 'b', 'c']
        // Only the second beat lists the group.
        for (const sentAt of [100, 200, 300])
          leases.sent({ sentAt, madeAt: sentAt, leaseMs: 1000, voters, listed: new Map(sentAt === 200 ? [['g', 5]] : []) })
        for (const { voter, generation, beat, denied } of echoes) {
          leases.heard(voter, { node: 'x', incarnation: { dataId: 'd', generation }, sentAt: beat, denied: denied ? ['g'] : [] })
        }
        const counted = new Set(
          echoes
            .filter(({ voter, generation, beat, denied }) => voter !== 'stranger' && generation === 2 && beat === 200 && !denied)
            .map(({ voter }) => voter),
        )
        expect(leases.reckon()('g', 5)).toBe(counted.size >= 2 ? 1200 : -Infinity)
      }),
    )
  })

  it('is what a plain count of every echo yields, whatever was listed, denied, lost or repeated, and in whichever voter sets', () => {
    const incarnation = { dataId: 'd', generation: 1 }
    const epochs = fc.constantFrom(undefined, 1, 2)
    const beat = fc.record({
      kind: fc.constant('beat' as const),
      afterMs: fc.integer({ min: 1, max: 400 }),
      voters: fc.constantFrom(['a', 'b', 'c'], ['a', 'b', 'c', 'd'], ['a']),
      listed: fc.option(fc.record({ g: epochs, h: epochs }), { freq: 2 }),
    })
    const echo = fc.record({
      kind: fc.constant('echo' as const),
      voter: fc.constantFrom('a', 'b', 'c', 'd'),
      ago: fc.integer({ min: 0, max: 5 }),
      denied: fc.subarray(['g', 'h']),
    })
    fc.assert(
      fc.property(fc.array(fc.oneof(beat, echo, echo), { maxLength: 60, size: 'max' }), (steps) => {
        const leases = new Leases('x', incarnation)
        const sent: { readonly at: number; readonly voters: readonly string[]; readonly listed: ReadonlyMap<string, number> }[] = []
        const counted: { readonly beat: (typeof sent)[number]; readonly voter: string; readonly denied: readonly string[] }[] = []
        let now = 0
        for (const step of steps) {
          if (step.kind === 'beat') {
            now += step.afterMs
            const { g, h } = step.listed ?? {}
            const lists = [['g', g] as const, ['h', h] as const].flatMap(([id, epoch]) =>
              epoch === undefined ? [] : [[id, epoch] as const],
            )
            const listed = step.listed === null ? leases.listed : new Map(lists)
            sent.push({ at: now, voters: step.voters, listed })
            leases.sent({ sentAt: now, madeAt: now, leaseMs: 1000, voters: step.voters, listed })
          } else {
            const echoed = sent.at(-1 - step.ago)
            if (echoed === undefined) continue
            leases.heard(step.voter, { node: 'x', incarnation, sentAt: echoed.at, denied: step.denied })
            if (echoed.voters.includes(step.voter)) counted.push({ beat: echoed, voter: step.voter, denied: step.denied })
          }
          const endOf = leases.reckon()
          for (const group of ['g', 'h'])
            for (const epoch of [1, 2]) expect(running(endOf(group, epoch))).toBe(running(plain(group, epoch)))
        }
        function plain(group: string, epoch: number): number {
          const ofSet = (voters: readonly string[]): number =>
            leaseEnd(
              voters.map((voter) => {
                const supporting = counted.filter(
                  (one) =>
                    one.voter === voter &&
                    one.beat.voters.join() === voters.join() &&
                    one.beat.listed.get(group) === epoch &&
                    !one.denied.includes(group),
                )
                return Math.max(-Infinity, ...supporting.map((one) => one.beat.at + 1000))
              }),
            )
          return Math.max(-Infinity, ...sent.map(({ voters }) => ofSet(voters)))
        }
        function running(end: number): number {
          return end > now ? end : -Infinity
        }
      }),
      { numRuns: 500 },
    )
  })
})

describe('promises', () => {
  const timing = { heartbeatMs: 100, leaseMs: 1000, electionMs: 900, driftPpmMax: 1000 }

  it('bind against everybody else until the end that the newest beat bought, and never get shorter', () => {
    const beats = fc.array(fc.tuple(fc.integer({ min: 0, max: 5000 }), fc.constantFrom(250, 1000, 5000)), { minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(beats, fc.integer({ min: 0, max: 12_000 }), (heard, now) => {
        const promises = new Promises(-1e6, 1000, timing)
        for (const [at, leaseMs] of heard) promises.make({ group: 'g', node: 'x', epoch: 5 }, at, leaseMs, timing)
        const end = Math.max(...heard.map(([at, leaseMs]) => promiseEnd(at, leaseMs, timing)))
        const before = { node: 'x', epoch: 5, cause: '' }
        expect(promises.refusesUntil('g', 'y', before, now)).toBe(end > now ? end : null)
        expect(promises.refusesUntil('g', null, before, now)).toBe(end > now ? end : null)
        expect(promises.refusesUntil('g', 'x', before, now)).toBe(null)
      }),
    )
  })

  it('are voided by a word of release of that epoch, and of no other', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }), (promised, word) => {
        const promises = new Promises(-1e6, 1000, timing)
        promises.make({ group: 'g', node: 'x', epoch: promised }, 0, 1000, timing)
        promises.release({ group: 'g', epoch: word, node: 'x' })
        const isRefused = promises.refusesUntil('g', 'y', { node: 'x', epoch: promised, cause: '' }, 500) !== null
        expect(isRefused).toBe(promised !== word)
      }),
    )
  })

  it('of an earlier life are made good by waiting for the longest lease there was', () => {
    fc.assert(
      fc.property(
        clocks,
        fc.integer({ min: 100, max: 10_000 }),
        fc.double({ min: 0, max: 1e4, noNaN: true }),
        (pair, longestMs, restartTrue) => {
          // The beat was heard, at the latest, in the instant of the restart; the holder's lease counts from before.
          const lease = trueTime(pair.holder, leaseEnd([local(pair.holder, restartTrue) + longestMs]))
          const promises = new Promises(local(pair.voter, restartTrue), longestMs, { ...timing, driftPpmMax: pair.driftPpmMax })
          const before = { node: 'x', epoch: 5, cause: '' }
          const refusedUntil = promises.refusesUntil('g', 'y', before, local(pair.voter, restartTrue))
          expect(trueTime(pair.voter, refusedUntil ?? -Infinity)).toBeGreaterThanOrEqual(lease - ROUNDING_MS)
        },
      ),
      { numRuns: 500 },
    )
  })
})
