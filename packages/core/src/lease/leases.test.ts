import { describe, expect, it } from 'vitest'
import type { Echo } from '../model/index.ts'
import { leaseEnd, promiseEnd } from './arithmetic.ts'
import { Leases } from './leases.ts'

const life = { dataId: 'disk', generation: 3 }
const abc = ['a', 'b', 'c']
const echo = (sentAt: number, more: Partial<Echo> = {}): Echo => ({ node: 'x', incarnation: life, sentAt, denied: [], ...more })
function beating(...times: number[]): Leases {
  const leases = new Leases('x', life)
  for (const sentAt of times) leases.sent({ sentAt, madeAt: sentAt, leaseMs: 1000, voters: abc, listed: new Map([['g', 5]]) })
  return leases
}

describe('lease arithmetic', () => {
  it('takes the quorum-th newest end, rounded down', () => {
    expect(leaseEnd([10.9, 30.9, 20.9])).toBe(20)
    expect(leaseEnd([5, 4, 3, 2, 1])).toBe(3)
    expect(leaseEnd([30, -Infinity, -Infinity])).toBe(-Infinity)
    expect(leaseEnd([7.5])).toBe(7)
    expect(leaseEnd([])).toBe(-Infinity)
  })
  it('adds twice the drift to a promise and rounds it up', () => {
    expect(promiseEnd(100.1, 1000, { driftPpmMax: 1000 })).toBe(1103)
  })
})

describe('a lease', () => {
  it('runs from the sending of the quorum-th newest echoed beat, however late the echo comes', () => {
    const leases = beating(100, 200, 300)
    leases.heard('a', echo(300))
    expect(leases.reckon()('g', 5)).toBe(-Infinity)
    leases.heard('b', echo(100))
    expect(leases.reckon()('g', 5)).toBe(1100)
    leases.heard('b', echo(200))
    leases.heard('b', echo(100))
    expect(leases.reckon()('g', 5)).toBe(1200)
  })
  it('counts no echo of another life, of another node, or of a beat it never sent', () => {
    const leases = beating(100)
    leases.heard('a', echo(100))
    leases.heard('b', echo(100, { incarnation: { ...life, generation: 2 } }))
    leases.heard('b', echo(100, { incarnation: { ...life, dataId: 'other' } }))
    leases.heard('b', echo(100, { node: 'y' }))
    leases.heard('b', echo(101))
    expect(leases.reckon()('g', 5)).toBe(-Infinity)
  })
  it('counts no denied group, no epoch that the beat did not list, and no node without a vote', () => {
    const leases = beating(100)
    leases.heard('a', echo(100))
    leases.heard('b', echo(100, { denied: ['g'] }))
    leases.heard('d', echo(100))
    expect(leases.reckon()('g', 5)).toBe(-Infinity)
    leases.heard('b', echo(100))
    expect(leases.reckon()('g', 5)).toBe(1100)
    expect(leases.reckon()('g', 6)).toBe(-Infinity)
    expect(leases.reckon()('h', 5)).toBe(-Infinity)
  })
  it('counts from the clock, also where many beats of one instant were named apart', () => {
    const leases = new Leases('x', life)
    leases.sent({ sentAt: 105, madeAt: 100, leaseMs: 1000, voters: ['a'], listed: new Map([['g', 5]]) })
    leases.heard('a', echo(105))
    expect(leases.reckon()('g', 5)).toBe(1100)
  })
  it('never mixes two voter sets', () => {
    const leases = beating(100)
    leases.sent({ sentAt: 200, madeAt: 200, leaseMs: 1000, voters: ['a', 'b', 'c', 'd'], listed: new Map([['g', 5]]) })
    leases.heard('a', echo(100))
    leases.heard('b', echo(200))
    leases.heard('d', echo(200))
    expect(leases.reckon()('g', 5)).toBe(-Infinity)
    leases.heard('c', echo(200))
    expect(leases.reckon()('g', 5)).toBe(1200)
  })
})
