import { describe, expect, it } from 'vitest'
import { explain } from './explain.ts'
import type { FaultRun, Reach } from './fault.ts'
import { HARMLESS } from './fault.ts'

const world = { nodes: ['n1', 'n2', 'n3'], graceMs: 8600, leaseMs: 1000 }
const outage = (from: number, to: number, before: string | null = 'n1') => ({ from, to, lengthMs: to - from, before, after: 'n2' })
let ids = 0
const run = (kind: string, from: number, to: number | null, reach: Partial<Reach>): FaultRun => ({
  id: ++ids,
  kind,
  node: 'n1',
  title: kind,
  reach: { ...HARMLESS, ...reach },
  from,
  to,
})
const cause = (runs: readonly FaultRun[], from = 10_000, to = 11_000): string | null =>
  explain(outage(from, to), 'web', runs, world).cause?.kind ?? null

describe('an outage is owed', () => {
  it('to a fault of the node that served, also when that was over shortly before', () => {
    expect(cause([run('kill', 9990, null, { nodes: ['n1'] })])).toBe('kill')
    expect(cause([run('kill', 5000, 6000, { nodes: ['n1'] })])).toBe('kill')
  })

  it('to a fault that moves this group, and not to one that moves another', () => {
    expect(cause([run('switchover', 9990, null, { groups: ['web'] })])).toBe('switchover')
    expect(cause([run('switchover', 9990, null, { groups: ['other'] })])).toBeNull()
  })

  it('to no fault of another node while a quorum is left', () => {
    expect(cause([run('kill', 9000, null, { nodes: ['n2'] })])).toBeNull()
    expect(cause([run('pair', 9000, null, { pairs: [['n1', 'n2']] })])).toBeNull()
  })

  it('to faults of others that together take the quorum from the node that served', () => {
    expect(cause([run('kill', 9000, null, { nodes: ['n2'] }), run('freeze', 9500, null, { nodes: ['n3'] })])).toBe('freeze')
    expect(cause([run('pair', 9000, null, { pairs: [['n1', 'n2']] }), run('freeze', 9500, null, { nodes: ['n3'] })])).toBe('freeze')
    expect(cause([run('pair', 9000, null, { pairs: [['n1', 'n2']] }), run('pair', 9500, null, { pairs: [['n3', 'n2']] })])).toBeNull()
  })

  it('to no fault that may cost nothing, that came later, or that was over long ago', () => {
    expect(cause([run('wall-clock', 9000, null, {})])).toBeNull()
    expect(cause([run('kill', 10_500, null, { nodes: ['n1'] })])).toBeNull()
    expect(cause([run('kill', 100, 200, { nodes: ['n1'] })])).toBeNull()
  })

  it('rather to a fault of the node that served than to those of others', () => {
    const others = [run('other', 9100, null, { nodes: ['n2'] }), run('another', 9200, null, { nodes: ['n3'] })]
    expect(cause([run('own', 9000, null, { nodes: ['n1'] }), ...others])).toBe('own')
  })

  it('rather to one that lasts than to one that is over, and then to the latest', () => {
    const over = run('over', 9500, 9600, { nodes: ['n1'] })
    const early = run('early', 8000, null, { nodes: ['n1'] })
    expect(cause([over, early])).toBe('early')
    expect(cause([over, early, run('late', 9900, null, { nodes: ['n1'] })])).toBe('late')
  })
})

describe('an outage is overdue', () => {
  const overdue = (runs: readonly FaultRun[], from: number, to: number): boolean => explain(outage(from, to), 'web', runs, world).overdue

  it('when it goes on after the time for recovery', () => {
    const kill = run('kill', 9990, 12_000, { nodes: ['n1'] })
    expect(overdue([kill], 10_000, 20_500)).toBe(false)
    expect(overdue([kill], 10_000, 20_700)).toBe(true)
  })

  it('when nothing ran at all', () => {
    expect(overdue([], 10_000, 10_100)).toBe(true)
    expect(overdue([run('kill', 0, 1000, { nodes: ['n1'] })], 10_000, 10_100)).toBe(true)
  })

  it('not while one fault follows the other', () => {
    const runs = [run('kill', 9990, 12_000, { nodes: ['n1'] }), run('freeze', 20_000, 30_000, { nodes: ['n2'] })]
    expect(overdue(runs, 10_000, 35_000)).toBe(false)
  })
})
