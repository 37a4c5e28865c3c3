import { describe, expect, it } from 'vitest'
import type { Answer, Sighting } from '../analysis/record.ts'
import type { FaultRun, Reach } from './fault.ts'
import { HARMLESS } from './fault.ts'
import { STARVED } from './judgement.ts'
import type { LogLine } from './log-tail.ts'
import { STARVE } from './process-faults.ts'
import type { Exit } from './supervisor.ts'
import { Umpire } from './umpire.ts'

const PITCH = 5
const world = { nodes: ['n1', 'n2', 'n3'], graceMs: 8600, leaseMs: 1000 }

interface Story {
  readonly untilMs: number
  /** Who answers the client's question of that time; null: nobody. */
  readonly answeredBy?: (at: number) => readonly string[]
  readonly sightings?: readonly Sighting[]
  readonly faults?: readonly FaultRun[]
  readonly log?: readonly LogLine[]
  readonly exits?: readonly Exit[]
  /** How long somebody had waited for a CPU at that time, and movip had one. */
  readonly waited?: (at: number) => { readonly n1?: number; readonly n2?: number; readonly n3?: number; readonly machine?: number }
  readonly ran?: (at: number) => number
}

/** Lets an umpire watch the whole story, look by look, as far as it was known at each time. */
function watched({
  untilMs,
  answeredBy = () => ['n1'],
  sightings = [],
  faults = [],
  log = [],
  exits = [],
  waited = () => ({}),
  ran = () => 0,
}: Story): Umpire {
  let now = 0
  const sends = Array.from({ length: untilMs / PITCH }, (_, i) => i * PITCH)
  const answers = sends.flatMap((at, seq) => answeredBy(at).map((by): Answer => ({ seq, receivedAt: at + 0.6, answeredAt: at + 0.3, by })))
  const client = {
    vip: '10.66.0.50',
    pitchMs: PITCH,
    since: (from: number) => ({
      sends: sends.filter((at) => at >= from && at <= now),
      answers: answers.filter(({ receivedAt }) => receivedAt >= from && receivedAt <= now),
    }),
    forget: () => {},
    onAnswer: () => {},
    broken: new Promise<never>(() => {}),
    stop: () => {},
  }
  const observer = {
    pitchMs: PITCH,
    sightings: (from: number) => sightings.filter(({ at }) => at >= from && at <= now),
    addressEvents: () => [],
    lost: () => 0,
    forget: () => {},
    broken: new Promise<never>(() => {}),
    stop: () => {},
  }
  const told = new Set<LogLine>()
  const logs = {
    poll: () => {
      const fresh = log.filter((line) => line.at <= now && !told.has(line))
      for (const line of fresh) told.add(line)
      return fresh
    },
    between: (from: number, to: number) => [...told].filter(({ at }) => at >= from && at <= to),
    forget: () => {},
  }
  const cpu = {
    look() {
      const { n1 = 0, n2 = 0, n3 = 0, machine = 0 } = waited(now)
      const daemons = new Map(Object.entries({ n1, n2, n3 }).map(([node, ms]) => [node, new Map([[`${node} movip`, ms]])]))
      return { from: now, to: now, daemons, machine: new Map([['ksoftirqd/0', machine]]), ran: new Map([['n2 movip', ran(now)]]) }
    },
  }
  const umpire = new Umpire({
    arena: { groups: [{ name: 'web', vips: [], client, observer }], logs, cpu, supervisor: { exits } },
    world,
    floorMs: 50,
    zero: 0,
    runs: () => faults.filter(({ from }) => from <= now),
    say: () => {},
  })
  for (; now <= untilMs; now += 20) {
    umpire.lookAtCpus()
    if (now % 100 === 0) umpire.look(now)
  }
  umpire.close(untilMs)
  return umpire
}

const fault = (reach: Partial<Reach>, from: number, to: number | null): FaultRun => ({
  id: 1,
  kind: 'kill',
  node: 'n1',
  title: 'n1: killed',
  reach: { ...HARMLESS, ...reach },
  from,
  to,
})
const DROPPED: LogLine = { at: 3900, node: 'n1', event: 'dropped', fields: { group: 'web', cause: 'lease-ended' } }
const moveAt = (from: number, to: number) => (at: number) => (at < from ? ['n1'] : at < to ? [] : ['n2'])

describe('the umpire', () => {
  it('has nothing to say against a move that a fault explains, and names the fault and what the daemons say', () => {
    const umpire = watched({
      untilMs: 8000,
      answeredBy: moveAt(3000, 4100),
      faults: [fault({ nodes: ['n1'] }, 2990, 6000)],
      log: [{ at: 4080, node: 'n3', event: 'assigned', fields: { group: 'web', previous: 'n1', holder: 'n2', cause: 'n1 is not heard' } }],
    })
    expect(umpire.findings).toEqual([])
    expect(umpire.outages).toMatchObject([
      { group: 'web', atMs: 3000, cause: 'kill', fault: 'n1: killed', events: 'n1 to n2, n1 is not heard' },
    ])
  })

  it('finds an outage longer than a lease of which no daemon says anything, even where a fault explains it', () => {
    const faults = [fault({ nodes: ['n1'] }, 2990, 6000)]
    const silent = watched({ untilMs: 8000, answeredBy: moveAt(3000, 4100), faults })
    expect(silent.findings).toMatchObject([{ what: expect.stringContaining('the daemons say nothing of it') }])
    expect(watched({ untilMs: 8000, answeredBy: moveAt(3000, 3900), faults }).findings).toEqual([])
  })

  it('convicts two nodes that answer at once, however long ago it was at the end', () => {
    const umpire = watched({ untilMs: 20_000, answeredBy: (at) => (at >= 5000 && at < 5100 ? ['n1', 'n2'] : ['n1']) })
    expect(umpire.findings.map(({ what }) => what)).toEqual(['TWO HOLDERS of web: two nodes answered for 95.0 ms'])
    expect(umpire.watches[0]?.answers.totalMs).toBeCloseTo(95)
  })

  it('convicts two nodes of which one only speaks on the wire', () => {
    const steady = Array.from({ length: 1000 }, (_, i): Sighting => ({ at: i * 5, host: 'n1', kind: 'arp' }))
    const umpire = watched({ untilMs: 8000, sightings: [...steady, { at: 3000, host: 'n2', kind: 'arp' }] })
    expect(umpire.findings.map(({ what }) => what)).toEqual(['TWO HOLDERS of web: two nodes spoke on the wire for 5.0 ms'])
  })

  it('finds an outage that no fault explains, with what ran and what the daemons wrote', () => {
    const umpire = watched({
      untilMs: 8000,
      answeredBy: moveAt(3000, 4100),
      faults: [fault({ nodes: ['n3'] }, 2990, 6000)],
      log: [DROPPED],
    })
    expect(umpire.findings).toMatchObject([
      { what: expect.stringContaining('no fault explains: web not served for 1101 ms'), faults: ['#1 n1: killed, 2.990 to 6.000'] },
    ])
    expect(umpire.findings[0]?.log).toEqual(['3.900 n1 dropped {"group":"web","cause":"lease-ended"}'])
  })

  it('owes an outage that no fault explains to the machine where somebody waited for a CPU about as long, and to nothing else', () => {
    const story = { untilMs: 8000, answeredBy: moveAt(3000, 3105) }
    const since = (at: number, ms: number): number => Math.min(ms, Math.max(0, at - 3000))
    const starved = watched({ ...story, waited: (at) => ({ machine: since(at, 98) }) })
    expect(starved.findings).toEqual([])
    expect(starved.outages).toMatchObject([{ cause: STARVED, fault: null, starved: { who: 'ksoftirqd/0' } }])
    const short = watched({ ...story, waited: (at) => ({ machine: since(at, 40) }) })
    expect(short.findings).toMatchObject([{ what: expect.stringContaining('no fault explains') }])
    expect(short.outages).toMatchObject([{ cause: null, starved: null }])
  })

  it('takes it for no excuse that a daemon waited behind the busy loops of a fault', () => {
    const waited = (at: number) => ({ n1: Math.min(98, Math.max(0, at - 3000)) })
    const story = { untilMs: 8000, answeredBy: moveAt(3000, 3105), waited }
    expect(watched(story).findings).toEqual([])
    expect(watched({ ...story, faults: [{ ...fault({}, 2000, null), kind: STARVE }] }).findings).toHaveLength(1)
  })

  it('takes it for no excuse that somebody waited while movip itself had the CPU', () => {
    const since = (at: number): number => Math.min(98, Math.max(0, at - 3000))
    const story = { untilMs: 8000, answeredBy: moveAt(3000, 3105), waited: (at: number) => ({ machine: since(at) }) }
    expect(watched(story).findings).toEqual([])
    expect(watched({ ...story, ran: since }).findings).toHaveLength(1)
  })

  it('takes it for no excuse that a node waited that neither served nor coordinated then', () => {
    const since = (at: number): number => Math.min(98, Math.max(0, at - 3000))
    const waited = (at: number) => ({ n3: since(at) })
    const role = (at: number, node: string, term: number): LogLine => ({ at, node, event: 'role', fields: { role: 'coordinator', term } })
    const findings = (...log: readonly LogLine[]) => watched({ untilMs: 8000, answeredBy: moveAt(3000, 3105), waited, log }).findings
    expect(findings(role(100, 'n2', 1))).toHaveLength(1)
    expect(findings(role(100, 'n3', 1), role(2900, 'n2', 2))).toHaveLength(1)
    expect(findings(role(100, 'n2', 1), role(3200, 'n3', 2))).toHaveLength(1)
    expect(findings(role(100, 'n3', 1), role(3200, 'n2', 2))).toEqual([])
    expect(findings(role(100, 'n2', 1), role(3050, 'n3', 2))).toEqual([])
    const served = (at: number) => ({ n2: since(at) })
    expect(watched({ untilMs: 8000, answeredBy: moveAt(3000, 3105), waited: served }).findings).toEqual([])
  })

  it('never owes two holders to the machine', () => {
    const answeredBy = (at: number): readonly string[] => (at >= 5000 && at < 5100 ? ['n1', 'n2'] : ['n1'])
    const umpire = watched({ untilMs: 8000, answeredBy, waited: (at) => ({ machine: at }) })
    expect(umpire.findings.map(({ what }) => what)).toEqual(['TWO HOLDERS of web: two nodes answered for 95.0 ms'])
  })

  it('names a fault that explains an outage rather than the machine', () => {
    const umpire = watched({
      untilMs: 8000,
      answeredBy: moveAt(3000, 4100),
      faults: [fault({ nodes: ['n1'] }, 2990, 6000)],
      waited: (at) => ({ machine: at }),
    })
    expect(umpire.outages).toMatchObject([{ cause: 'kill', starved: null }])
  })

  it('finds an outage that lasts longer than recovery may take, also one that never ends', () => {
    const told = { faults: [fault({ nodes: ['n1'] }, 2990, 4000)], log: [DROPPED] }
    expect(watched({ untilMs: 20_000, answeredBy: moveAt(3000, 14_000), ...told }).findings).toMatchObject([
      { what: expect.stringContaining('longer than recovery may take') },
    ])
    expect(watched({ untilMs: 20_000, answeredBy: moveAt(3000, 30_000), ...told }).findings).toMatchObject([
      { what: expect.stringContaining('longer than recovery may take') },
    ])
  })

  it('demands service when it is due', () => {
    const faults = [fault({ nodes: ['n1'] }, 2990, null)]
    const umpire = watched({ untilMs: 5000, answeredBy: moveAt(3000, 30_000), faults, log: [DROPPED] })
    expect(umpire.findings).toEqual([])
    umpire.demandService(5000)
    expect(umpire.findings.map(({ what }) => what)).toEqual(['web is not served 8600 ms after the last fault'])
  })

  it('finds a daemon that ended by itself where nothing was done to it, or by a signal', () => {
    const faults = [fault({}, 1000, 2000)]
    const of = (exit: Exit): readonly string[] => watched({ untilMs: 5000, faults, exits: [exit] }).findings.map(({ what }) => what)
    expect(of({ at: 1500, node: 'n1', code: 1 })).toEqual([])
    expect(of({ at: 1500, node: 'n2', code: 1 })).toEqual(['the daemon of n2 ended by itself (1)'])
    expect(of({ at: 1500, node: 'n1', code: null })).toEqual(['the daemon of n1 ended by itself (by a signal)'])
  })

  it('finds a daemon that says of itself that it is broken, whatever was done to it', () => {
    const log = [{ at: 1500, node: 'n1', event: 'broken', fields: { error: 'invariant' } }]
    expect(watched({ untilMs: 5000, faults: [fault({ nodes: ['n1'] }, 1000, 2000)], log }).findings).toHaveLength(1)
  })

  it('knows who serves and who coordinates', () => {
    const role = (at: number, node: string, term: number): LogLine => ({ at, node, event: 'role', fields: { role: 'coordinator', term } })
    const umpire = watched({
      untilMs: 8000,
      answeredBy: moveAt(3000, 4000),
      log: [role(100, 'n1', 1), role(3500, 'n3', 3), role(3600, 'n2', 2)],
    })
    expect([umpire.holderOf('web'), umpire.coordinator]).toEqual(['n2', 'n3'])
  })
})
