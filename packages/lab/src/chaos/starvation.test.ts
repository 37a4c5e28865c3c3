import { describe, expect, it } from 'vitest'
import type { CpuLook } from './starvation.ts'
import { longestWait, starvation } from './starvation.ts'

type Counters = Readonly<Record<string, number>>

interface Scene {
  /** How long the threads of n1, n2 ... had waited by then. */
  readonly daemons?: (at: number) => Readonly<Record<string, Counters>>
  readonly machine?: (at: number) => Counters
  /** How long movip's threads had run by then. */
  readonly ran?: (at: number) => Counters
}

const mapOf = (counters: Counters): ReadonlyMap<string, number> => new Map(Object.entries(counters))

/** A look every so often, which takes a millisecond. */
function looks({ daemons = () => ({}), machine = () => ({}), ran = () => ({}) }: Scene, everyMs = 10): readonly CpuLook[] {
  return Array.from({ length: 6000 / everyMs }, (_, i) => i * everyMs).map((at) => ({
    from: at,
    to: at + 1,
    daemons: new Map(Object.entries(daemons(at)).map(([node, counters]) => [node, mapOf(counters)])),
    machine: mapOf(machine(at)),
    ran: mapOf(ran(at)),
  }))
}
/** It has done so for a minute before, and does from 3 s on, ms by ms, for that long. */
const bitByBit =
  (ms: number, from = 3000) =>
  (at: number) =>
    60_000 + Math.min(ms, Math.max(0, at - from))
/** The same where the kernel counts a wait only when it ends. */
const atItsEnd =
  (ms: number, from = 3000) =>
  (at: number) =>
    60_000 + (at >= from + ms ? ms : 0)
const outage = { from: 3000, to: 3105, lengthMs: 105 }
const of = (scene: Scene, burning = false) => starvation(outage, looks(scene), { nodes: ['n1', 'n2'], burning })

describe('an outage is owed to the machine', () => {
  it('when somebody waited for a CPU about as long as the client for an answer, and the longest wait is the reason', () => {
    const scene = {
      daemons: (at: number) => ({ n1: { movip: bitByBit(80)(at) } }),
      machine: (at: number) => ({ 'ksoftirqd/0': atItsEnd(98)(at), 'ksoftirqd/1': bitByBit(10)(at) }),
    }
    const wait = of(scene)
    expect(wait?.who).toBe('ksoftirqd/0')
    expect(wait?.waitedMs).toBeGreaterThan(80)
    expect(wait?.waitedMs).toBeLessThanOrEqual(98)
  })

  it('not when each waited for much shorter than the client, however long together', () => {
    const waits = bitByBit(60)
    const daemons = (at: number) => ({ n1: { movip: waits(at) }, n2: { movip: waits(at) } })
    expect(of({ daemons, machine: (at) => ({ 'ksoftirqd/0': waits(at) }) })).toBeNull()
  })

  it('not when somebody waited before it or after it, also where the kernel counts a wait only when it ends', () => {
    for (const waits of [bitByBit, atItsEnd]) {
      for (const from of [2400, 3105]) {
        expect(of({ machine: (at) => ({ 'ksoftirqd/0': waits(600, from)(at) }) })).toBeNull()
      }
    }
  })

  it('only by what must have fallen into it: looks that are far apart acquit nobody', () => {
    const seen = (ms: number, from: number) => looks({ machine: (at) => ({ 'ksoftirqd/0': bitByBit(ms, from)(at) }) }, 100)
    const who = { nodes: ['n1'], burning: false }
    expect(starvation({ from: 3001, to: 3056, lengthMs: 55 }, seen(43, 3057), who)).toBeNull()
    expect(starvation({ from: 3045, to: 3100, lengthMs: 55 }, seen(44, 3000), who)).toBeNull()
    expect(starvation({ from: 3050, to: 3950, lengthMs: 900 }, seen(900, 3050), who)).toMatchObject({ who: 'ksoftirqd/0' })
  })

  it('not by what a look read that took long', () => {
    const late = atItsEnd(98, 3020)
    const seen = looks({}, 10).map((look) => {
      const readAt = look.from === 3100 ? 3190 : look.from
      return { ...look, to: readAt + 1, machine: mapOf({ 'ksoftirqd/0': late(readAt) }) }
    })
    const awake = seen.filter(({ from }) => from <= 3100 || from > 3191)
    expect(starvation({ from: 2995, to: 3101, lengthMs: 106 }, awake, { nodes: ['n1'], burning: false })).toBeNull()
  })

  it('not by what may have fallen into the time in which the client itself slept', () => {
    const seen = looks({ machine: (at) => ({ 'ksoftirqd/0': bitByBit(70)(at) }) })
    const who = { nodes: ['n1'], burning: false }
    expect(starvation({ from: 3000, to: 3080, lengthMs: 80 }, seen, who)).not.toBeNull()
    expect(starvation({ from: 3000, to: 3130, lengthMs: 80 }, seen, who)).toBeNull()
  })

  it('not when only a daemon waited while busy loops were the fault, because it comes before them', () => {
    const daemons = (at: number) => ({ n1: { movip: bitByBit(98)(at) } })
    expect(of({ daemons })).toMatchObject({ who: 'movip' })
    expect(of({ daemons }, true)).toBeNull()
    expect(of({ daemons, machine: (at) => ({ 'cpu0, stolen': bitByBit(90)(at) }) }, true)).toMatchObject({ who: 'cpu0, stolen' })
  })

  it('not when only a node waited that had no part in it', () => {
    expect(of({ daemons: (at) => ({ n3: { movip: bitByBit(98)(at) } }) })).toBeNull()
    expect(of({ daemons: (at) => ({ n2: { movip: bitByBit(98)(at) } }) })).toMatchObject({ who: 'movip' })
  })

  it('not when movip itself had the CPU meanwhile, all its threads together, also those that have ended', () => {
    const machine = (at: number): Counters => ({ 'ksoftirqd/0': atItsEnd(98)(at) })
    const half = bitByBit(49)
    expect(of({ machine, ran: (at) => ({ 'n3 movip': half(at), 'n3 child': half(at) }) })).toBeNull()
    expect(of({ machine, ran: (at) => (at < 3100 ? { 'n1 child': bitByBit(98)(at) } : {}) })).toBeNull()
    expect(of({ machine, ran: (at) => (at < 3000 ? {} : { 'n1 child': at - 3000 }) })).toBeNull()
    expect(of({ machine, ran: (at) => ({ 'n3 movip': bitByBit(15)(at), 'n1 movip': bitByBit(600, 2000)(at) }) })).not.toBeNull()
  })

  it('also when who waited has only begun, but not when it has ended', () => {
    expect(of({ daemons: (at) => (at < 3100 ? {} : { n2: { movip: 98 } }) })).toMatchObject({ who: 'movip' })
    expect(of({ daemons: (at) => (at < 3100 ? { n2: { movip: atItsEnd(98)(at) } } : {}) })).toBeNull()
  })

  it('not when nobody looked before it or after it', () => {
    const seen = looks({ machine: (at) => ({ 'ksoftirqd/0': bitByBit(98)(at) }) })
    const who = { nodes: ['n1'], burning: false }
    const by = (kept: readonly CpuLook[]) => starvation(outage, kept, who)
    expect(by(seen)).not.toBeNull()
    expect(by([])).toBeNull()
    expect(by(seen.filter(({ from }) => from > 3000))).toBeNull()
    expect(by(seen.filter(({ from }) => from < 3105))).toBeNull()
  })
})

it('knows the longest wait on which a node depends between two looks', () => {
  const [first, , third] = looks(
    { daemons: (at) => ({ n1: { loop: 60_000 + at / 2 }, n2: { loop: 3 * at } }), machine: (at) => ({ 'cpu0, stolen': at / 4 }) },
    100,
  )
  if (first === undefined || third === undefined) throw new Error('no looks')
  expect(longestWait(first, third, 'n1')).toBe(100)
  expect(longestWait(first, third, 'n2')).toBe(600)
  expect(longestWait(first, third, 'n3')).toBe(50)
})
