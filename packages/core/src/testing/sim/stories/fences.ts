import type { Stage } from './stage.ts'
import type { Story } from './story.ts'

const setting = { nodes: 'a b c', groups: { g: 'b c' }, parts: 1, fenced: true }

const untilOnC = (stage: Stage, ms: number): void => stage.until(() => stage.node('c').isUp('g'), 'g on c', ms)

export const fenceStories: readonly Story[] = [
  {
    name: 'a service behind a fence begins nowhere while a frozen holder may still run it',
    setting,
    tell: (stage) => {
      stage.settle('a', { g: 'b' })
      stage.node('b').process?.freeze(0)
      untilOnC(stage, 20_000)
    },
  },
  {
    name: 'a node that is suspected of running a service clears itself only when it has stopped it',
    setting,
    tell: (stage) => {
      stage.settle('a', { g: 'b' })
      stage.node('c').canFence = false
      stage.node('b').weather.latencyMs = 60
      const cut = stage.hold('b-a b-c')
      stage.until(() => stage.assigned('g', 'a').node === 'c', 'g given to c')
      cut.end()
      untilOnC(stage, 30_000)
    },
  },
]
