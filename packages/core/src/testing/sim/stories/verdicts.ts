import { isAppend, isBeat } from './stage.ts'
import type { Story } from './story.ts'

/** Which part of its log a voter looks at when it hears a beat, and how closely. */
export const verdictStories: readonly Story[] = [
  {
    name: 'an entry is in the log from the moment its write begins',
    setting: { nodes: 'a b c d e x:outsider y:outsider', groups: { g: 'x y' } },
    tell: (stage) => {
      stage.settle('a', { g: 'x' })
      // The lease of x rests on b, d and e; a and c are free.
      stage.hold('x>a', isBeat)
      const toC = stage.hold('x>c', isBeat)
      stage.run(1500)
      // e forgets, so a proposes; c takes the entry up and cannot write it down; e must wait for what it has forgotten.
      const c = stage.node('c')
      c.disk.stall(Infinity)
      stage.hold('a>b a>d', isAppend)
      stage.hold('x>e', isBeat)
      stage.restart('e')
      stage.until(() => stage.assigned('g', 'c').node === 'y', 'g given to y in the log of c', 300)
      // Now x is heard by c again.
      toC.end()
      stage.run(1100)
      c.disk.heal()
      stage.run(1500)
    },
  },
  {
    name: 'an older epoch of the same holder is denied',
    setting: { nodes: 'a b c x:outsider d:outsider', groups: { g: 'x d' } },
    tell: (stage) => {
      stage.settle('a', { g: 'x' })
      const { epoch } = stage.assigned('g', 'a')
      const deaf = stage.hold('x>a', isBeat)
      stage.run(1100)
      stage.crash('d')
      stage.run(400)
      // In the log of a alone g goes to d, which is dead, and back to x under another epoch.
      stage.hold('a>b', isAppend)
      const toC = stage.hold('a>c', isAppend)
      stage.hold('x>c', isBeat)
      stage.restart('c')
      stage.until(() => stage.assigned('g', 'a').node === 'd', 'g given to d', 300)
      deaf.end()
      stage.until(() => stage.assigned('g', 'a').node === 'x' && stage.assigned('g', 'a').epoch > epoch, 'g given back to x', 900)
      stage.run(500)
      toC.end()
      stage.run(1500)
    },
  },
]
