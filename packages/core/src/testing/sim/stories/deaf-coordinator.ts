import { isAppend, isBeat } from './stage.ts'
import type { Stage } from './stage.ts'
import type { Story } from './story.ts'

const setting = { nodes: 'a b c', groups: { g: 'c b' } }
const fit = (why: string): { level: 'fit'; reasons: string[] } => ({ level: 'fit', reasons: [why] })

/**
 * Coordinator a hears no beat of b, but not yet for so long that it would not give b the group. A lease of b that rests on c then ends
 * some hundred milliseconds after the moment at which a takes the group away again: only an honest promise of c stands between.
 */
function begin(stage: Stage): void {
  stage.settle('a', { g: 'c' })
  stage.hold('b>a', isBeat)
  stage.run(50)
}

/** The assignment to b is committed by a and b alone, and b lists it to c, which has not got it and so denies it. */
function denied(stage: Stage): { readonly appends: ReturnType<Stage['hold']> } {
  const appends = stage.hold('a>c', isAppend)
  stage.run(150)
  stage.switchover('g', 'b')
  stage.until(() => stage.lists('b', 'g'), 'a beat of b that lists g', 200)
  stage.run(2)
  return { appends }
}

/** What an echo and its verdict are about: one beat, and the moment at which it was heard. */
export const deafCoordinatorStories: readonly Story[] = [
  {
    name: 'an echo of a beat that did not list the group is no promise',
    setting,
    tell: (stage) => {
      begin(stage)
      stage.run(150)
      stage.switchover('g', 'b')
      stage.until(() => stage.node('b').written.lastIndex > stage.status('b').commit, 'the assignment in the log of b', 200)
      stage.node('b').setFitness('g', fit('a beat at this moment'))
      stage.run(2)
      stage.hold('b>c', isBeat)
      stage.run(1700)
    },
  },
  {
    name: 'two beats of one instant have two names',
    setting,
    tell: (stage) => {
      begin(stage)
      const news = stage.hold('a>b', isBeat)
      stage.run(150)
      stage.switchover('g', 'b')
      const epoch = (): number => stage.assigned('g', 'b').epoch
      const isKnown = (): boolean => news.kept.some((message) => message.type === 'beat' && message.commit >= epoch())
      const isWritten = (): boolean => stage.assigned('g', 'b').node === 'b' && stage.node('b').durable.lastIndex >= epoch()
      stage.until(() => isWritten() && isKnown(), 'the commit of the assignment to b', 200)
      // One beat before b learns of the commit, one after it, and no time between them.
      stage.node('b').setFitness('g', fit('a beat at this moment'))
      news.deliver(1)
      news.end()
      stage.run(2)
      stage.hold('b>c', isBeat)
      stage.run(1700)
    },
  },
  {
    name: 'a verdict is that of the moment at which the beat was heard',
    setting,
    tell: (stage) => {
      begin(stage)
      const { appends } = denied(stage)
      stage.hold('b>c', isBeat)
      appends.release()
      stage.run(1700)
    },
  },
  {
    name: 'an older beat that is heard late changes no verdict',
    setting,
    tell: (stage) => {
      begin(stage)
      const late = stage.hold('b>c', isBeat)
      stage.run(110)
      late.end()
      const { appends } = denied(stage)
      late.deliver(1)
      stage.hold('b>c', isBeat)
      appends.release()
      stage.run(1700)
    },
  },
]
