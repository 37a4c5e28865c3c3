import { describe, expect, it } from 'vitest'
import type { Backend, Capabilities } from '../backend.ts'
import { fitnessOf, newlyKept } from './kept-endpoint.ts'
import type { Kept } from './kept-endpoint.ts'

const carries: Capabilities = { exclusive: false, kernelFenced: true, settleMs: 0 }
const points: Capabilities = { ...carries, follows: { clientsLagMs: 30_000, why: 'TTL 30 s' } }
const service: Capabilities = { ...carries, service: { order: 0, startMs: 1000, stopMs: 1000 } }

function kept(id: string, capabilities: Capabilities, why: string | null = null): Kept {
  const backend = { capabilities } as Backend
  return { ...newlyKept({ id, backend: id, options: {} }), backend, unfit: { making: null, backend: null, preflight: why } }
}

describe('a node whose name server does not answer', () => {
  it('is fit for a group that has other endpoints, which go without the name', () => {
    const all = [kept('vip', carries), kept('name', points, 'no answer')]
    expect(fitnessOf(all)).toEqual({ level: 'fit', reasons: [] })
  })

  it('is unfit for a group that nobody finds but by the name', () => {
    const all = [kept('app', service), kept('name', points, 'no answer')]
    expect(fitnessOf(all)).toEqual({ level: 'unfit', reasons: ['name: no answer'] })
  })

  it('is unfit where another endpoint is in trouble, and says no more than that', () => {
    const all = [kept('vip', carries, 'no link'), kept('name', points, 'no answer')]
    expect(fitnessOf(all)).toEqual({ level: 'unfit', reasons: ['vip: no link'] })
  })
})
