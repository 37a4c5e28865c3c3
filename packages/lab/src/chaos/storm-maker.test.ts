import { SeededRandom } from '@movip/core/testing/random'
import { expect, it } from 'vitest'
import type { FaultKind } from './fault.ts'
import { HARMLESS, NothingDone } from './fault.ts'
import { StormMaker } from './storm-maker.ts'

const arena = { groups: [{ name: 'web' }], cluster: { daemons: [{ name: 'n1' }, { name: 'n2' }] } }

/** What is left of a storm of one fault whose making fails. */
async function afterFailing(error: Error): Promise<StormMaker<typeof arena>> {
  const kind: FaultKind<typeof arena> = {
    name: 'failing',
    weight: 1,
    lengthMs: [0, 0],
    at: { node: 'n1' },
    takes: () => ['n1'],
    reach: () => ({ ...HARMLESS, nodes: ['n1'] }),
    title: () => 'a fault',
    inject: () => Promise.reject(error),
  }
  const signal = new AbortController().signal
  const maker = new StormMaker({ arena, say: () => {}, signal, holderOf: () => 'n1', coordinator: () => null })
  await maker.play({ lengthMs: 0, faults: [{ id: 1, atMs: 0, kind, lengthMs: 0, random: new SeededRandom(1) }] })
  return maker
}

it('a fault that changed nothing is told as not made, and excuses no outage', async () => {
  const maker = await afterFailing(new NothingDone('ipv4: Address not found.'))
  expect(maker.missed).toEqual(['#1 a fault: ipv4: Address not found.'])
  expect(maker.counts.get('failing')).toMatchObject({ made: 0, missed: 1 })
  expect(maker.runs).toEqual([])
})

it('a fault that failed half way may still be the cause of an outage', async () => {
  const maker = await afterFailing(new Error('the second of two steps failed'))
  expect(maker.missed).toHaveLength(1)
  expect(maker.runs).toMatchObject([{ id: 1, reach: { nodes: ['n1'] } }])
})
