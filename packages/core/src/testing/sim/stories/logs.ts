import { isAppend, isVoteRequest, unchanged } from './stage.ts'
import type { Stage } from './stage.ts'
import type { Story } from './story.ts'

const setting = { nodes: 'a b c', groups: { g: 'b c' } }

/** Coordinator a gives c entries which it loses itself in a crash; then b coordinates, elected by a and b. Returns the first of them. */
function losesEntries(stage: Stage, count: number, before: () => void = () => {}): number {
  stage.settle('a')
  before()
  const first = stage.lastIndex('a') + 1
  const a = stage.node('a')
  a.disk.stall(Infinity)
  const toB = stage.hold('a>b', isAppend)
  for (let entry = 0; entry < count; entry++) stage.configure(unchanged)
  stage.run(30)
  stage.crash('a')
  a.disk.heal()
  stage.hold('a>* c>*', isVoteRequest)
  stage.start('a')
  toB.end()
  return first
}

/** Entries that were never committed, on a node that does not know it. */
export const logStories: readonly Story[] = [
  {
    name: 'a commit index says nothing about entries that were not compared in its term',
    setting,
    tell: (stage) => {
      losesEntries(stage, 1)
      stage.hold('b>c', isAppend)
      stage.until(() => stage.coordinates('b'), 'b as coordinator')
      stage.run(500)
    },
  },
  {
    name: 'a late word of the disk about an entry that was cut off since counts for nothing',
    setting,
    tell: (stage) => {
      const c = stage.node('c')
      const first = losesEntries(stage, 3, () => c.disk.stall(Infinity))
      stage.hold('b>a', isAppend)
      stage.until(() => stage.coordinates('b') && c.written.termAt(first) === stage.status('b').term, 'entries of c cut off', 5000)
      stage.run(10)
      c.disk.heal()
      stage.until(() => c.durable.lastIndex >= first, 'the first of the old entries on the disk of c', 100)
      // Between that flush and the next one c says how far it is.
      c.setFitness('g', { level: 'fit', reasons: ['a beat at this moment'] })
      stage.run(200)
    },
  },
]
