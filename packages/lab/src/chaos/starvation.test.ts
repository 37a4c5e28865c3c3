import { describe, expect, it } from 'vitest'
import type { Waits } from './starvation.ts'
import { starvation } from './starvation.ts'

type Counters = Readonly<Record<string, number>>

/** A look every 100 ms, at what each had waited by then. */
function looks(daemons: (at: number) => Counters, machine: (at: number) => Counters = () => ({})): readonly Waits[] {
  const mapOf = (counters: Counters) => new Map(Object.entries(counters))
  return Array.from({ length: 100 }, (_, i) => ({ at: i * 100, daemons: mapOf(daemons(i * 100)), machine: mapOf(machine(i * 100)) }))
}
/** It has waited for a minute before, and waits that long from 3 s on. */
const waits =
  (ms: number, from = 3000) =>
  (at: number) =>
    60_000 + Math.min(ms, Math.max(0, at - from))
const outage = { from: 3010, to: 3115, lengthMs: 105 }

describe('an outage is owed to the machine', () => {
  it('when somebody waited for a CPU about as long as the client for an answer, and the longest wait is the reason', () => {
    const seen = looks(
      (at) => ({ 'n1 movip': waits(80)(at) }),
      (at) => ({ 'ksoftirqd/0': waits(98)(at), 'ksoftirqd/1': waits(10)(at) }),
    )
    expect(starvation(outage, seen, false)).toEqual({ who: 'ksoftirqd/0', waitedMs: 98 })
  })

  it('not when each waited for much shorter than the client, however long together', () => {
    const seen = looks(
      (at) => ({ 'n1 movip': waits(60)(at), 'n2 movip': waits(60)(at) }),
      (at) => ({ 'ksoftirqd/0': waits(60)(at) }),
    )
    expect(starvation(outage, seen, false)).toBeNull()
  })

  it('not when somebody waited before it or after it', () => {
    const seen = looks((at) => ({ 'n1 movip': waits(500, 2400)(at), 'n2 movip': waits(500, 3200)(at) }))
    expect(starvation(outage, seen, false)).toBeNull()
  })

  it('not when only a daemon waited while busy loops were the fault, because it comes before them', () => {
    const daemons = (at: number): Counters => ({ 'n1 movip': waits(98)(at) })
    expect(starvation(outage, looks(daemons), false)).toEqual({ who: 'n1 movip', waitedMs: 98 })
    expect(starvation(outage, looks(daemons), true)).toBeNull()
    const machine = (at: number): Counters => ({ 'cpu0, stolen': waits(90)(at) })
    expect(starvation(outage, looks(daemons, machine), true)).toEqual({ who: 'cpu0, stolen', waitedMs: 90 })
  })

  it('also when who waited has only begun, but not when it has ended', () => {
    const begun = looks((at) => (at < 3100 ? {} : { 'n2 movip': 98 }))
    expect(starvation(outage, begun, false)).toEqual({ who: 'n2 movip', waitedMs: 98 })
    const gone = looks((at) => (at < 3100 ? { 'n2 movip': waits(98)(at) } : {}))
    expect(starvation(outage, gone, false)).toBeNull()
  })

  it('not when nobody looked before it or after it', () => {
    const seen = looks((at) => ({ 'n1 movip': waits(98)(at) }))
    expect(starvation(outage, [], false)).toBeNull()
    expect(
      starvation(
        outage,
        seen.filter(({ at }) => at > 3010),
        false,
      ),
    ).toBeNull()
    expect(
      starvation(
        outage,
        seen.filter(({ at }) => at < 3115),
        false,
      ),
    ).toBeNull()
  })
})
