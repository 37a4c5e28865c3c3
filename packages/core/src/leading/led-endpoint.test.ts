import { describe, expect, it } from 'vitest'
import type { BackendContext, BackendIncident } from '../backend.ts'
import { createHandClock } from '../checks/clock-for-tests.ts'
import type { HandClock } from '../checks/clock-for-tests.ts'
import type { Leads } from './leads.ts'
import { LedEndpoint } from './led-endpoint.ts'

// One node with two tables, a cloud that may refuse to change them, and somebody else who may.

const own = 'eni-own'
const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

interface Trial {
  readonly endpoint: LedEndpoint
  readonly clock: HandClock
  readonly incidents: readonly string[]
  /** How often each table was led. */
  readonly led: Map<string, number>
  readonly tables: Map<string, string | null>
  readonly refused: Set<string>
  claim(): Promise<void>
}

function begin(): Trial {
  const clock = createHandClock()
  const incidents: string[] = []
  const led = new Map<string, number>()
  const tables = new Map<string, string | null>([
    ['a', 'eni-other'],
    ['b', 'eni-other'],
  ])
  const refused = new Set<string>()
  const leads: Leads = {
    get names() {
      return [...tables.keys()]
    },
    read: () => Promise.resolve([...tables].map(([name, to]) => ({ name, to }))),
    lead(name) {
      led.set(name, (led.get(name) ?? 0) + 1)
      if (refused.has(name)) return Promise.reject(new Error(`${name} is throttled`))
      tables.set(name, own)
      return Promise.resolve()
    },
  }
  const incident = ({ state, through, to }: BackendIncident): void => void incidents.push(`${state} ${through} ${String(to)}`)
  const context = { clock, logger: quiet, incident } as unknown as BackendContext
  const options = { context, name: 'vip', address: null, leads, ownInterface: own, settleMs: 1000 }
  const endpoint = new LedEndpoint({ ...options, preflight: () => Promise.resolve([]), close: () => {} })
  const claim = async (): Promise<void> => {
    const claimed = endpoint.claim({ epoch: 1, holder: 'n1', until: clock.now() + 3_600_000 }, new AbortController().signal)
    await clock.pass(300)
    await claimed
  }
  return { endpoint, clock, incidents, led, tables, refused, claim }
}

describe('what leads to a holder', () => {
  it('and was led away is told as stolen once, led back, and told as recovered', async () => {
    const { claim, clock, tables, incidents } = begin()
    await claim()
    tables.set('b', 'eni-other')
    await clock.pass(600)
    expect(incidents).toEqual(['stolen b eni-other', `recovered b ${own}`])
    expect(tables.get('b')).toBe(own)
  })

  it('and did not follow so far was stolen by nobody, and is led by one attempt at a time however often it is looked at', async () => {
    const { claim, clock, refused, incidents, led, tables } = begin()
    refused.add('b')
    await claim()
    const before = led.get('b') ?? 0
    await clock.pass(5000)
    // One attempt every 250 ms.
    expect((led.get('b') ?? 0) - before).toBe(20)
    refused.clear()
    await clock.pass(300)
    expect([tables.get('b'), incidents]).toEqual([own, []])
  })

  it('and cannot be led back for long is told as stolen once, and as recovered when it is', async () => {
    const { claim, clock, refused, incidents, tables, led } = begin()
    await claim()
    refused.add('b')
    tables.set('b', 'eni-other')
    const before = led.get('b') ?? 0
    await clock.pass(5000)
    expect(incidents).toEqual(['stolen b eni-other'])
    expect((led.get('b') ?? 0) - before).toBeLessThanOrEqual(20)
    refused.clear()
    await clock.pass(300)
    expect(incidents).toEqual(['stolen b eni-other', `recovered b ${own}`])
  })

  it('is led there, and told as no theft, where a table has come to those that are chosen', async () => {
    const { claim, clock, tables, incidents } = begin()
    await claim()
    tables.set('c', null)
    await clock.pass(600)
    expect([tables.get('c'), incidents]).toEqual([own, []])
  })

  it('is left alone once it is released', async () => {
    const { claim, endpoint, clock, tables, incidents } = begin()
    await claim()
    await endpoint.release(1, new AbortController().signal)
    tables.set('b', 'eni-other')
    await clock.pass(60_000)
    expect([tables.get('b'), incidents]).toEqual(['eni-other', []])
  })
})
