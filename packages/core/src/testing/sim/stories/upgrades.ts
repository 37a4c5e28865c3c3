import { violate } from '../checks/violation.ts'
import type { Stage } from './stage.ts'
import type { Story } from './story.ts'

/** The daemon of the node is replaced by one that runs so much later. */
function upgrade(stage: Stage, id: string, afterMs: number): void {
  const { life } = stage.node(id)
  stage.node(id).upgrade(afterMs)
  stage.until(() => stage.node(id).life > life, `another daemon on ${id}`, afterMs + 1)
}

export const upgradeStories: readonly Story[] = [
  {
    name: 'a daemon that is replaced goes on with what it holds, and nobody is without it for a moment',
    setting: { nodes: 'a b c', groups: { g: 'b c' }, parts: 1 },
    tell: (stage) => {
      stage.settle('a', { g: 'b' })
      const { epoch } = stage.assigned('g', 'a')
      upgrade(stage, 'b', 500)
      const isServed = (): boolean => stage.node('b').isUp('g') && stage.node('b').runsService('g')
      if (stage.comes(() => !isServed(), 3000)) violate('soon one', 'g is served no more, although the daemon of b was only replaced')
      if (stage.assigned('g', 'a').epoch !== epoch)
        violate('no needless move', 'g was given anew, although the daemon of b was only replaced')
    },
  },
  {
    name: 'a daemon that was handed a lease counts it to its end and no further',
    setting: { nodes: 'a b c', groups: { g: 'b c' } },
    tell: (stage) => {
      stage.settle('a', { g: 'b' })
      stage.hold('b>* *>b')
      upgrade(stage, 'b', 500)
      stage.until(() => stage.node('c').isUp('g'), 'g on c', 3000)
      stage.run(1000)
    },
  },
  {
    name: 'a daemon that comes up after the lease that it was handed stops what was left before it says so',
    setting: { nodes: 'a b c', groups: { g: 'b c' }, parts: 1 },
    tell: (stage) => {
      stage.settle('a', { g: 'b' })
      upgrade(stage, 'b', 1200)
      stage.run(6000)
    },
  },
  {
    name: 'what was handed over once is nothing to a later life',
    setting: { nodes: 'a b c', groups: { g: 'b c' } },
    tell: (stage) => {
      stage.settle('a', { g: 'b' })
      upgrade(stage, 'b', 200)
      stage.run(100)
      stage.restart('b')
      stage.run(3000)
    },
  },
]
