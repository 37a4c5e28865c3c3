import { describe, expect, it } from 'vitest'
import { ServicesCheck } from './services.ts'
import type { Running } from './services.ts'

const node = (up: boolean, runs: boolean): Running => ({
  id: 'a',
  isUp: () => up,
  runsService: () => runs,
  hasService: () => runs,
  isFenced: () => true,
})
const check = new ServicesCheck()

describe('the check of services', () => {
  it('convicts traffic that comes where the service does not run', () => {
    expect(() => check.came(node(true, false), 'g')).toThrow(/service before traffic/)
    expect(() => check.came(node(true, true), 'g')).not.toThrow()
  })

  it('convicts a service that is stopped while its traffic comes', () => {
    expect(() => check.stops(node(true, true), 'g')).toThrow(/traffic stops first/)
    expect(() => check.stops(node(false, true), 'g')).not.toThrow()
  })

  it('convicts a service behind a fence that begins while it runs elsewhere', () => {
    const elsewhere = { ...node(false, true), id: 'b' }
    expect(() => new ServicesCheck([node(false, true), elsewhere]).starts(node(false, true), 'g')).toThrow(/one service behind a fence/)
    expect(() => new ServicesCheck([node(false, true)]).starts(node(false, true), 'g')).not.toThrow()
    const unfenced = { ...node(false, true), isFenced: () => false }
    expect(() => new ServicesCheck([unfenced, elsewhere]).starts(unfenced, 'g')).not.toThrow()
  })

  it('convicts a word of release while the service runs', () => {
    expect(() => check.released(node(false, true), 'g', 3)).toThrow(/released means down: a says it released g@3 while its service runs/)
    expect(() => check.released(node(false, false), 'g', 3)).not.toThrow()
  })
})
