import { describe, expect, it } from 'vitest'
import { SimClock } from '../clock.ts'
import { RightsCheck } from './rights.ts'
import type { Watched } from './rights.ts'

interface Fake extends Watched {
  up: boolean
  awakeSince: number
}

function fake(id: string, rate = 1): Fake {
  const node: Fake = {
    id,
    clock: new SimClock(rate, 0),
    life: 1,
    oldUpTo: 0,
    awakeSince: 0,
    up: false,
    isUp: () => node.up,
    isFencedUp: () => node.up,
  }
  return node
}

describe('the check of rights', () => {
  it('convicts a lease that begins while another node still has one', () => {
    const [a, b] = [fake('a'), fake('b')]
    const check = new RightsCheck([a, b])
    check.lease(0, a, 'g', 3, 1000)
    expect(() => check.lease(999, b, 'g', 4, 1999)).toThrow(/never two leases/)
  })

  it('judges by true time and not by what clocks show', () => {
    const [slow, b] = [fake('a', 0.9), fake('b')]
    const check = new RightsCheck([slow, b])
    check.lease(0, slow, 'g', 3, 1000)
    expect(() => check.lease(1050, b, 'g', 4, 2000)).toThrow(/never two leases/)
  })

  it('accepts the next lease once the first has ended or was released', () => {
    const [a, b, c] = [fake('a'), fake('b'), fake('c')]
    const check = new RightsCheck([a, b, c])
    check.lease(0, a, 'g', 3, 1000)
    check.lease(1000, b, 'g', 4, 2000)
    check.released(b, 'g', 4)
    expect(() => check.lease(1100, c, 'g', 5, 2100)).not.toThrow()
  })

  it('convicts an address that comes up while it is up elsewhere', () => {
    const [a, b] = [fake('a'), fake('b')]
    const check = new RightsCheck([a, b])
    b.up = true
    expect(() => check.up(0, a, 'g', 3, 1000)).toThrow(/never two/)
  })

  it('convicts an older epoch, an old epoch of an earlier life and one that was released', () => {
    const a = fake('a')
    const check = new RightsCheck([a])
    check.lease(0, a, 'g', 5, 1000)
    expect(() => check.lease(1500, a, 'g', 4, 2500)).toThrow(/epochs grow/)
    check.released(a, 'g', 6)
    expect(() => check.lease(1600, a, 'g', 6, 2600)).toThrow(/released is final/)
    expect(() => check.lease(1600, { ...a, oldUpTo: 9 }, 'g', 9, 2600)).toThrow(/old epoch/)
  })

  it('convicts a beat that lists what the runner has released, and accepts it before', () => {
    const a = fake('a')
    const check = new RightsCheck([a])
    expect(() => check.lists(a, 'g', 5)).not.toThrow()
    check.released(a, 'g', 5)
    expect(() => check.lists(a, 'g', 6)).not.toThrow()
    expect(() => check.lists(a, 'g', 5)).toThrow(/released is final/)
  })

  it('convicts a word of release while the address is up', () => {
    const a = fake('a')
    a.up = true
    expect(() => new RightsCheck([a]).released(a, 'g', 1)).toThrow(/released means down/)
  })

  it('convicts a word of release while what was claimed under that epoch or an older one is up, and no other', () => {
    const a = fake('a')
    const check = new RightsCheck([a])
    check.lease(0, a, 'g', 5, 1000)
    check.up(0, a, 'g', 5, 1000)
    a.up = true
    expect(() => check.says(a, 'g', 4)).not.toThrow()
    expect(() => check.says(a, 'g', 7)).toThrow(/released means down/)
    a.up = false
    expect(() => check.says(a, 'g', 7)).not.toThrow()
  })

  it('convicts a claim that no lease covers', () => {
    const a = fake('a')
    const check = new RightsCheck([a])
    expect(() => check.up(0, a, 'g', 3, 1000)).toThrow(/no claim without a lease/)
  })

  it('convicts a claim that gets there long after its lease although its caller could have given it up', () => {
    const a = fake('a')
    const check = new RightsCheck([a])
    check.lease(0, a, 'g', 3, 1000)
    expect(() => check.landed(2900, a, 'g', 3)).not.toThrow()
    expect(() => check.landed(3100, a, 'g', 3)).toThrow(/late calls are aborted: a still claims g@3/)
    a.awakeSince = 2000
    expect(() => check.landed(3100, a, 'g', 3)).not.toThrow()
    a.awakeSince = Infinity
    expect(() => check.landed(9000, a, 'g', 3)).not.toThrow()
  })

  it('asks of a claim that gets there after its lease only that there was one, whoever serves by then', () => {
    const [a, b] = [fake('a'), fake('b')]
    const check = new RightsCheck([a, b])
    check.lease(0, a, 'g', 3, 1000)
    check.lease(1500, b, 'g', 4, 2500)
    b.up = true
    expect(() => check.up(1600, a, 'g', 3, 1000)).not.toThrow()
    expect(() => check.up(1600, a, 'g', 3, 1700)).toThrow(/never two/)
    expect(check.runs(1600, 'a', 'g')).toBe(false)
    expect(check.runs(1600, 'b', 'g')).toBe(true)
  })

  it('knows where a lease of which group runs', () => {
    const [a, b] = [fake('a'), fake('b')]
    const check = new RightsCheck([a, b])
    check.lease(0, a, 'g', 3, 1000)
    check.lease(0, b, 'h', 4, 2000)
    expect(check.running(500)).toEqual([
      { group: 'g', node: 'a' },
      { group: 'h', node: 'b' },
    ])
    expect(check.running(1000)).toEqual([{ group: 'h', node: 'b' }])
    check.released(b, 'h', 4)
    expect(check.running(1000)).toEqual([])
  })

  it('convicts a commit that takes a group from a node whose lease runs', () => {
    const [a, b] = [fake('a'), fake('b')]
    const check = new RightsCheck([a, b])
    check.lease(0, a, 'g', 3, 1000)
    expect(() => check.assigned(500, 'g', 'b', 4)).toThrow(/promise before commit/)
  })
})
