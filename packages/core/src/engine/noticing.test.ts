import { expect, it } from 'vitest'
import { HandDriven, specOf } from '../testing/hand-driven/cluster.ts'

function settled(): HandDriven {
  const cluster = new HandDriven(specOf('abw', { witnesses: 'w' }))
  cluster.start()
  cluster.settle()
  return cluster
}

it('a node that loses the quorum says at once whom it hears and how many it needs, in its events and in its status', () => {
  const cluster = settled()
  expect(cluster.node('a').events('quorum').at(-1)).toMatchObject({
    state: 'reached',
    why: 'a coordinates; heard 3 of 3 voters (a, b, w), needs 2',
  })
  expect(cluster.node('a').status().quorumLack).toBeUndefined()
  cluster.node('b').crash()
  cluster.run(500)
  cluster.node('w').crash()
  cluster.until(() => cluster.node('a').events('quorum').at(-1)?.state === 'lost')
  const why = 'heard 1 of 3 voters (a), needs 2'
  expect(cluster.node('a').events('quorum').at(-1)).toMatchObject({ why })
  expect(cluster.node('a').status().quorumLack).toBe(why)
})

it('a node that hears enough voters says that only a coordinator is missing', () => {
  const cluster = settled()
  const coordinator = cluster.coordinator() ?? ''
  cluster.node(coordinator).crash()
  const other = cluster.node(coordinator === 'a' ? 'b' : 'a')
  cluster.until(() => other.events('quorum').at(-1)?.state === 'lost')
  expect(other.events('quorum').at(-1)?.why).toMatch(/^nobody coordinates at present; heard 2 of 3 voters/)
})
