import { describe, expect, it } from 'vitest'
import { Promises } from './promises.ts'

const timing = { heartbeatMs: 100, leaseMs: 1000, electionMs: 900, driftPpmMax: 1000 }
const held = { node: 'x', epoch: 5, cause: '' }
function promised(now = 5000): Promises {
  const promises = new Promises(0, 1000, timing)
  promises.make({ group: 'g', node: 'x', epoch: 5 }, now, 1000, timing)
  return promises
}

describe('a promise', () => {
  it('refuses the group to everybody else, and to nobody, until it ends', () => {
    const promises = promised()
    expect(promises.refusesUntil('g', 'y', held, 5500)).toBe(6002)
    expect(promises.refusesUntil('g', null, held, 5500)).toBe(6002)
    expect(promises.refusesUntil('g', 'y', held, 6001.9)).toBe(6002)
    expect(promises.refusesUntil('g', 'y', held, 6002)).toBeNull()
  })
  it('refuses nothing to its own node, whatever the epoch, and nothing of other groups', () => {
    expect(promised().refusesUntil('g', 'x', held, 5500)).toBeNull()
    expect(promised().refusesUntil('h', 'y', undefined, 5500)).toBeNull()
  })
  it('binds also where the log before the entry names somebody else by now', () => {
    expect(promised().refusesUntil('g', 'y', { node: 'y', epoch: 6, cause: '' }, 5500)).toBe(6002)
  })
  it('lasts as long as the lease that the beat states, and never gets shorter', () => {
    const promises = promised()
    promises.make({ group: 'g', node: 'x', epoch: 5 }, 5100, 5000, timing)
    promises.make({ group: 'g', node: 'x', epoch: 5 }, 5200, 10, timing)
    expect(promises.refusesUntil('g', 'y', held, 5500)).toBe(10_110)
  })
  it('is void once its epoch is released, and stays void', () => {
    const promises = promised()
    expect(promises.release({ group: 'g', epoch: 5, node: 'x' })).toBe(true)
    expect(promises.release({ group: 'g', epoch: 5, node: 'x' })).toBe(false)
    expect(promises.refusesUntil('g', 'y', held, 5500)).toBeNull()
    expect(promises.isReleased('g', 5, 'x')).toBe(true)
  })
  it('is not touched by a word about another epoch or of another node', () => {
    const promises = promised()
    promises.release({ group: 'g', epoch: 4, node: 'x' })
    promises.release({ group: 'g', epoch: 5, node: 'y' })
    expect(promises.refusesUntil('g', 'y', held, 5500)).toBe(6002)
    expect(promises.isReleased('g', 5, 'x')).toBe(false)
  })
  it('expires at its end and not before', () => {
    const promises = promised()
    expect(promises.expire(6001)).toBe(false)
    expect(promises.running()).toEqual([{ group: 'g', node: 'x', epoch: 5 }])
    expect(promises.expire(6002)).toBe(true)
    expect(promises.running()).toEqual([])
    expect(promises.noneEndsBefore).toBe(Infinity)
  })
})

describe('a restarted voter', () => {
  const restarted = (): Promises => new Promises(5000, 3000, timing)
  it('takes a group from nobody for the longest lease there was', () => {
    expect(restarted().refusesUntil('g', 'y', held, 5500)).toBe(8006)
    expect(restarted().refusesUntil('g', null, held, 5500)).toBe(8006)
    expect(restarted().refusesUntil('g', 'y', held, 8006)).toBeNull()
  })
  it('lets through what takes nothing: a free group, or one for its holder', () => {
    expect(restarted().refusesUntil('g', 'y', undefined, 5500)).toBeNull()
    expect(restarted().refusesUntil('g', 'y', { node: null, epoch: 4, cause: '' }, 5500)).toBeNull()
    expect(restarted().refusesUntil('g', 'x', held, 5500)).toBeNull()
  })
  it('takes a released epoch at once, and no other', () => {
    const promises = restarted()
    promises.release({ group: 'g', epoch: 5, node: 'x' })
    expect(promises.refusesUntil('g', 'y', held, 5500)).toBeNull()
    expect(promises.refusesUntil('g', 'y', { ...held, epoch: 6 }, 5500)).toBe(8006)
  })
  it('forgets words only about epochs before the applied one', () => {
    const promises = restarted()
    promises.release({ group: 'g', epoch: 4, node: 'x' })
    promises.release({ group: 'g', epoch: 5, node: 'x' })
    promises.forgetReleasesBefore('g', 5)
    expect(promises.isReleased('g', 4, 'x')).toBe(false)
    expect(promises.isReleased('g', 5, 'x')).toBe(true)
  })
})
