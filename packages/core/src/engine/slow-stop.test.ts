import { expect, it } from 'vitest'
import type { ClusterSpec } from '../model/index.ts'
import { HandDriven, specOf } from '../testing/hand-driven/cluster.ts'

const STOP_MS = 60_000

/** One part, which may take a minute to stop. */
function specWith(startMs: number, stopMs: number = STOP_MS): ClusterSpec {
  const spec = specOf('abc')
  const service = [{ id: 's', kind: 'command', startMs, stopMs, options: {} }]
  return { ...spec, groups: spec.groups.map((group) => ({ ...group, service })) }
}

/** a serves the group, and has just begun to stop what the service was before. */
function changing(next: ClusterSpec): { readonly cluster: HandDriven; readonly begin: () => void } {
  const cluster = new HandDriven(specWith(5000))
  cluster.start()
  expect(cluster.settle()).toBe('a')
  const epoch = cluster.node('a').servedEpoch('g') ?? 0
  cluster.node('a').tell({ type: 'configure', id: 'x', spec: next })
  cluster.run(200)
  const begin = (): void => void cluster.node('a').tell({ type: 'holding', group: 'g', epoch, state: 'claiming' })
  return { cluster, begin }
}

it.each([STOP_MS, 1000])('a holder keeps a group whose changed service stops slowly, though it will stop within %s ms', (stopMs) => {
  const { cluster, begin } = changing(specWith(6000, stopMs))
  cluster.run(50_000)
  begin()
  cluster.run(6000)
  expect([cluster.serving(), cluster.node('a').events('dropped')]).toEqual(['a', []])
})

it('a holder that does not bring up a changed service is asked for it in the end', () => {
  const { cluster, begin } = changing(specWith(6000))
  begin()
  cluster.run(60_000)
  expect(cluster.node('a').events('dropped')).toEqual([])
  expect(cluster.until(() => cluster.node('a').events('dropped').length > 0)).toBeLessThan(15_000)
})

it('a change of something else gives a holder no time to stop its service', () => {
  const { cluster, begin } = changing({ ...specWith(5000), name: 'renamed' })
  begin()
  expect(cluster.until(() => cluster.node('a').events('dropped').length > 0)).toBeLessThan(15_000)
})

it('a holder whose endpoint waits for a slow load balancer has as long as that may take, and is asked for the group then', () => {
  const spec = specOf('abc')
  const endpoints = [{ id: 'lb', backend: 'lb-health', claimMs: 60_000, options: {} }]
  const cluster = new HandDriven({ ...spec, groups: spec.groups.map((group) => ({ ...group, endpoints })) })
  cluster.start()
  cluster.node('a').runs = false
  const epoch = (): number => cluster.node('a').servedEpoch('g') ?? 0
  cluster.until(() => epoch() > 0)
  cluster.node('a').tell({ type: 'holding', group: 'g', epoch: epoch(), state: 'claiming' })
  cluster.run(60_000)
  expect(cluster.node('a').events('dropped')).toEqual([])
  expect(cluster.until(() => cluster.node('a').events('dropped').length > 0)).toBeLessThan(15_000)
})
