import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TestNetwork } from './testing/network.ts'

interface Turn {
  readonly renewed: readonly boolean[]
  readonly during: number
  readonly sends: number
  readonly receives: number
}

interface Report {
  readonly together: Turn
  readonly apart: Turn
  readonly again: Turn
  readonly late: Turn
  readonly hopeless: Turn
  readonly listing: string
  readonly toldOfLapse: Readonly<Record<string, string>>
  readonly toldOfLate: Readonly<Record<string, string>>
  readonly told: Readonly<Record<string, string>>
  readonly voided: boolean
  readonly observed: readonly string[]
  readonly left: readonly string[]
}

describe('a holder of ten VIPs', () => {
  const network = new TestNetwork('arpten', ['a'])
  const all = Array.from({ length: 10 }, () => true)
  let report: Report

  beforeAll(() => {
    network.up()
    const file = fileURLToPath(new URL('./testing/holder.ts', import.meta.url))
    report = JSON.parse(network.on('a', `${process.execPath} ${file}`)) as Report
  }, 30_000)
  afterAll(() => network.down(), 30_000)

  it('renews all of them by one transaction: one send and one receive before the event loop turns', () => {
    expect(report.together).toEqual({ renewed: all, during: 0, sends: 1, receives: 1 })
  })

  it('renews the nine others one by one when one gate was found closed, and tells only its endpoint', () => {
    // The transaction of all ten, which fails, and ten of one each; beside them the look at the gate that the lapse asks for.
    expect(report.apart.renewed).toEqual(all)
    expect(report.apart.sends).toBeGreaterThanOrEqual(11)
    expect(report.toldOfLapse).toEqual({ '10.77.0.62': expect.stringContaining('had closed the gate') as string })
    const expiries = [...report.listing.matchAll(/(\S+) timeout \S+ expires (\d)s/g)].map(([, ip, seconds]) => [ip, Number(seconds)])
    expect(expiries.length).toBe(9)
    // Until then the gates were open for 2.5 s at most: all nine were pushed to the new end.
    for (const [, seconds] of expiries) expect(seconds).toBe(3)
  })

  it('revives neither the gate that lapsed nor one that is released in the turn of its renewal', () => {
    expect(report.voided).toBe(true)
    expect(report.observed).toEqual(all.map((_, index) => (index === 2 || index === 9 ? 'nowhere' : 'here')))
  })

  it('refuses to renew what it knows to be closed, and renews the rest by one transaction again', () => {
    expect(report.again.renewed).toEqual(all.map((_, index) => index !== 2 && index !== 9))
    expect(report.again).toMatchObject({ sends: 1, receives: 1 })
  })

  it('repeats a common push that the kernel acknowledged too late for its timeout', () => {
    expect(report.late.sends).toBe(2)
    expect(report.toldOfLate).toEqual(report.toldOfLapse)
  })

  it('shuts all gates and tells their endpoints when no attempt was in time', () => {
    // Three attempts for all, and one transaction for each of eight gates.
    expect(report.hopeless.sends).toBe(11)
    expect(Object.values(report.told).filter((why) => why.includes('could not be pushed in time')).length).toBe(8)
    expect(report.left).toEqual(all.map(() => 'nowhere'))
  })
})
