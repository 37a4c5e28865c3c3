import { describe, expect, it } from 'vitest'
import { votersOf } from '../../model/index.ts'
import { drawChange } from './changes.ts'
import { SeededRandom } from './random.ts'
import { drawShape } from './shape.ts'

const KINDS = ['gets a vote', 'loses its vote', 'joins', 'leaves', 'a witness', 'may be held by', 'is added', 'is removed', 'lease ']

describe('a drawn change of configuration', () => {
  it('is one that a cluster file could name: with voters and holders for every group; sometimes it changes two voters', () => {
    const seen = new Set<string>()
    const voterChanges = new Set<number>()
    for (let seed = 1; seed < 100; seed++) {
      const random = new SeededRandom(seed)
      const { spec, reserve } = drawShape(random, 'changing')
      let before = spec
      for (let step = 0; step < 20; step++) {
        const change = drawChange(before, reserve, random)
        if (change === null) continue
        const [old, now] = [votersOf(before), votersOf(change.spec)]
        const differences = [...old.filter((node) => !now.includes(node)), ...now.filter((node) => !old.includes(node))]
        expect(differences.length).toBeLessThanOrEqual(2)
        voterChanges.add(differences.length)
        expect(now.length).toBeGreaterThan(0)
        const holders = change.spec.nodes.filter(({ witness }) => !witness).map(({ id }) => id)
        for (const group of change.spec.groups) {
          expect(group.nodes.length).toBeGreaterThan(0)
          expect(new Set(group.nodes).size).toBe(group.nodes.length)
          expect(holders).toEqual(expect.arrayContaining([...group.nodes]))
        }
        for (const kind of KINDS) if (change.what.includes(kind)) seen.add(kind)
        before = change.spec
      }
    }
    expect([...seen].toSorted()).toEqual(KINDS.toSorted())
    expect(voterChanges).toEqual(new Set([0, 1, 2]))
  })
})
