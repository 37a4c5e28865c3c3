import { losesEntries } from './logs.ts'
import { isAppend, isBeat, isLog, unchanged, withLease } from './stage.ts'
import type { Stage } from './stage.ts'
import type { Story } from './story.ts'

const setting = {
  nodes: 'a b c x:outsider d:outsider',
  groups: { g: 'd x' },
  timing: { leaseMs: 3000, electionMs: 400 },
  compactAfter: 12,
}

/** Lets the log grow until these nodes have folded everything up to `index` into a snapshot. */
function fold(stage: Stage, index: number, nodes = ['a', 'b', 'c']): void {
  const isFolded = (): boolean => nodes.every((id) => stage.node(id).durable.snapshot.index >= index)
  stage.until(() => {
    if (!isFolded()) stage.configure(unchanged)
    return isFolded()
  }, `a snapshot of ${index} entries`)
}

/** What a snapshot must carry, so that a voter that starts from it is no freer than one that has the whole log. */
export const snapshotStories: readonly Story[] = [
  {
    name: 'a snapshot knows who has which group',
    setting,
    tell: (stage) => {
      stage.settle('a', { g: 'x' })
      fold(stage, stage.assigned('g', 'a').epoch)
      stage.restart('a', 'b', 'c')
      stage.run(5000)
    },
  },
  {
    name: 'a snapshot knows the longest lease there ever was',
    setting,
    tell: (stage) => {
      stage.settle('a', { g: 'x' })
      stage.hold('x>a', isBeat)
      stage.hold('a>x', isLog)
      stage.run(3300)
      stage.configured(withLease(500))
      fold(stage, stage.lastIndex('a'))
      stage.run(300)
      stage.hold('x>*', isBeat)
      stage.restart('b', 'c')
      stage.run(3500)
    },
  },
  {
    name: 'a snapshot counts only once it is on disk',
    setting: { nodes: 'a b c', groups: { g: 'b c' }, compactAfter: 12 },
    tell: (stage) => {
      stage.settle('a')
      const c = stage.node('c')
      c.disk.stall(Infinity)
      stage.configure(unchanged)
      stage.run(10)
      const toC = stage.hold('a>c', isLog)
      fold(stage, stage.lastIndex('a') + 1, ['a', 'b'])
      const before = c.durable.lastIndex
      toC.end()
      stage.until(() => c.written.snapshot.index > before + 1, 'a snapshot on its way to the disk of c', 1000)
      c.disk.heal()
      stage.until(() => c.durable.lastIndex > before, 'the write before it on the disk of c', 100)
      // Between that flush and the next one c says how far it is.
      c.setFitness('g', { level: 'fit', reasons: ['a beat at this moment'] })
      stage.run(500)
    },
  },
  {
    name: 'whom an entry takes the group from stands in the snapshot, where the entries before it are cut off',
    setting: { ...setting, compactAfter: 20 },
    tell: (stage) => {
      stage.settle('a', { g: 'x' })
      fold(stage, stage.assigned('g', 'a').epoch)
      stage.hold('x>b', isBeat)
      stage.run(3300)
      const toC = stage.hold('b>c', isAppend)
      losesEntries(stage, 1)
      // The lease of x rests on a and c, which have both forgotten that.
      stage.hold('x>a x>c', isBeat)
      stage.until(() => stage.coordinates('b') && stage.assigned('g', 'b').node === 'd', 'g proposed for d by b', 2000)
      stage.restart('c')
      toC.end()
      stage.run(4000)
    },
  },
  {
    name: 'what was on disk before a snapshot took the place of the log is on disk no more',
    setting: { nodes: 'a b c', groups: { g: 'b c' }, compactAfter: 12 },
    tell: (stage) => {
      stage.settle('a')
      const c = stage.node('c')
      const { first } = losesEntries(stage, 30)
      const toC = stage.hold('b>c', isLog)
      stage.until(() => stage.coordinates('b'), 'b as coordinator')
      fold(stage, first + 1, ['a', 'b'])
      toC.end()
      stage.until(() => c.durable.snapshot.index > first, 'the snapshot on the disk of c', 2000)
      stage.run(200)
      c.disk.stall(Infinity)
      stage.configure(unchanged)
      stage.run(20)
      c.setFitness('g', { level: 'fit', reasons: ['a beat at this moment'] })
      stage.run(500)
    },
  },
]
