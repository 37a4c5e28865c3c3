import { describe, expect, it } from 'vitest'
import type { OutageRecord } from './judgement.ts'
import { causesOf, inconclusive, STARVED } from './judgement.ts'
import type { ChaosResult } from './result.ts'
import { report } from './result.ts'

const outage = (cause: string | null, lengthMs: number): OutageRecord => ({
  group: 'web',
  atMs: 1000,
  lengthMs,
  cause,
  fault: cause === null ? null : `n1: ${cause}`,
  events: 'n1 to n2, n1 is not heard',
  starved: null,
  faults: 2,
})
const outages = [outage('kill', 1100), outage('freeze', 900), outage('kill', 1300)]

const good: ChaosResult = {
  schemaVersion: 1,
  command: 'npm run chaos -- --minutes 3 --seed 7',
  commit: 'abc',
  machine: { cpu: 'a cpu', cores: 2, kernel: '6.1', node: 'v24' },
  seed: 7,
  nodes: 3,
  lastedS: 180,
  storms: 4,
  faults: { kill: { made: 2, missed: 0, crowdedOut: 1 }, freeze: { made: 1, missed: 0, crowdedOut: 0 } },
  left: ['wall-clock (libfaketime is not installed)'],
  missed: [],
  restMs: [900, 9800],
  restMaxMs: 13_600,
  graceMs: 8600,
  floorMs: 50,
  groups: [
    {
      group: 'web',
      availabilityPercent: 98.123,
      asked: 36_000,
      outages: 3,
      longestMs: 1300,
      totalMs: 3300,
      dualHolderMs: { answers: 0, wire: 0 },
      lostFrames: 0,
      asleepMs: 0,
    },
  ],
  causes: causesOf(outages),
  outages,
  exits: [],
  findings: [],
  inconclusive: null,
  ok: true,
}

describe('causes', () => {
  it('are summed up, the costliest first, and what nothing explains is one of them', () => {
    expect(causesOf([...outages, outage(null, 5000)])).toEqual([
      { cause: 'unexplained', outages: 1, longestMs: 5000, totalMs: 5000 },
      { cause: 'kill', outages: 2, longestMs: 1300, totalMs: 2400 },
      { cause: 'freeze', outages: 1, longestMs: 900, totalMs: 900 },
    ])
  })
})

describe('a run', () => {
  const starved = (count: number): OutageRecord[] =>
    Array.from({ length: count }, () => ({ ...outage(STARVED, 105), starved: { who: 'ksoftirqd/0', waitedMs: 98 } }))
  const others = (count: number): OutageRecord[] => Array.from({ length: count }, () => outage('kill', 1100))

  it('shows nothing where more than three outages, or more than one in a hundred, are owed to the machine', () => {
    expect(inconclusive([...starved(3), ...others(2)])).toBeNull()
    expect(inconclusive([...starved(4), ...others(296)])).toContain('4 of 300 outages are owed to the machine (allowed: 3)')
    expect(inconclusive([...starved(5), ...others(495)])).toBeNull()
    expect(inconclusive([...starved(6), ...others(494)])).toContain('6 of 500 outages are owed to the machine (allowed: 5)')
  })
})

describe('the report', () => {
  it('says with which command and seed, on which commit and machine, what was done and what came of it', () => {
    const text = report(good)
    for (const part of [
      'npm run chaos -- --minutes 3 --seed 7',
      'commit abc',
      '2 x a cpu',
      'good: nothing happened that must not',
      'two holders at once: 0.0 ms',
      'unexplained outages: 0 of 3 over 50 ms',
      'at rest after a storm within 9800 ms (allowed: 13600 ms)',
      '98.123 %',
      'not possible here: wall-clock (libfaketime is not installed)',
    ])
      expect(text).toContain(part)
    expect(text).toMatch(/kill +2 +1300 ms +2400 ms/)
    expect(text.indexOf('1300 ms: began with n1: kill (2 faults)')).toBeGreaterThan(0)
    expect(text.indexOf('1300 ms: began with n1: kill')).toBeLessThan(text.indexOf('900 ms: began with n1: freeze'))
  })

  it('says of an outage that nothing explains that it is so', () => {
    expect(report({ ...good, outages: [outage(null, 5000)] })).toContain('5000 ms: unexplained (2 faults)')
  })

  it('counts apart what was owed to the machine itself, and shows by which figures', () => {
    const starved = { ...outage(STARVED, 105), fault: null, starved: { who: 'ksoftirqd/0', waitedMs: 98 } }
    const text = report({ ...good, outages: [...outages, starved] })
    expect(text).toContain('outages of the machine itself, where somebody waited for a CPU about as long: 1, together 105 ms')
    expect(text).toContain('web 105 ms: the machine was starved: ksoftirqd/0 waited 98 ms for a CPU (2 faults)')
    expect(text).toContain('unexplained outages: 0 of 4')
    expect(report(good)).toContain('about as long: 0, together 0 ms')
  })

  it('shows each finding with its window, the faults then and the logs around it', () => {
    const finding = {
      what: 'TWO HOLDERS of web',
      fromMs: 1500,
      toMs: 1600,
      faults: ['#3 n1: killed, 1.400 to now'],
      log: ['1.400 n1 dropped {}'],
    }
    const text = report({ ...good, findings: [finding], ok: false })
    expect(text).toContain('BAD: 1 findings, below')
    expect(text).toContain(
      '== finding 1\nTWO HOLDERS of web\nfrom 1.500 s to 1.600 s\nfault #3 n1: killed, 1.400 to now\nlog 1.400 n1 dropped {}',
    )
  })

  it('does not call a run good that shows nothing', () => {
    const text = report({ ...good, inconclusive: '4 of 40 outages are owed to the machine', ok: false })
    expect(text).toContain('INCONCLUSIVE: 4 of 40 outages are owed to the machine')
    expect(text).not.toContain('good:')
  })

  it('does not hide what the observer missed', () => {
    const groups = good.groups.map((row) => ({ ...row, lostFrames: 12 }))
    expect(report({ ...good, groups })).toContain('the observer missed 12 frames')
  })
})
