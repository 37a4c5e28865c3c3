import { isBeat, isLog, unchanged, withLease } from './stage.ts'
import type { Stage } from './stage.ts'
import type { Story } from './story.ts'

const setting = {
  nodes: 'a b c x:outsider d:outsider',
  groups: { g: 'd x' },
  timing: { leaseMs: 3000, electionMs: 400 },
  compactAfter: 12,
}

/** Lets the log grow until the voters have folded everything up to `index` into a snapshot. */
function fold(stage: Stage, index: number): void {
  const isFolded = (): boolean => ['a', 'b', 'c'].every((id) => stage.node(id).durable.snapshot.index >= index)
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
]
