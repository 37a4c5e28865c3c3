import { violate } from '../checks/violation.ts'
import type { Stage } from './stage.ts'
import type { Story } from './story.ts'

const setting = { nodes: 'a b c', groups: { g: 'b c' }, parts: 2 }

/** Lets time pass until the service begins to run on c, and demands that it ran nowhere else at that moment. */
function untilItRunsOnC(stage: Stage, ms: number): void {
  stage.until(() => stage.node('c').runsService('g'), 'the service on c', ms)
  if (stage.node('b').runsService('g')) violate('one service after the other', 'the service begins on c while b is still stopping it')
}

export const serviceStories: readonly Story[] = [
  {
    name: 'a service that takes longer to stop than a lease lasts is started nowhere else meanwhile',
    setting,
    tell: (stage) => {
      stage.settle('a', { g: 'b' })
      stage.node('b').weather.latencyMs = 25
      stage.switchover('g', 'c')
      untilItRunsOnC(stage, 12_000)
      stage.node('b').clearWeather()
      stage.until(() => stage.node('c').isUp('g'), 'g on c', 5000)
    },
  },
  {
    name: 'a service that starts slowly, but within its time, is waited for',
    setting,
    tell: (stage) => {
      stage.settle('a', { g: 'b' })
      stage.node('c').weather.latencyMs = 35
      stage.switchover('g', 'c')
      stage.until(() => stage.assigned('g', 'a').node === 'c', 'g given to c', 3000)
      stage.comes(() => stage.assigned('g', 'a').node !== 'c', 8000)
      if (!stage.node('c').isUp('g')) violate('no needless move', 'g is not on c, which was starting its service in good time')
    },
  },
  {
    name: 'a service that cannot be stopped does not keep its group for ever, and is never said to be released',
    setting,
    tell: (stage) => {
      stage.settle('a', { g: 'b' })
      stage.node('b').weather.hangRate = 1
      stage.switchover('g', 'c')
      if (!stage.comes(() => stage.node('c').isUp('g'), 30_000)) violate('soon one', 'g is not on c although b has been stuck for long')
    },
  },
  {
    name: 'what a killed daemon leaves running is stopped before its next life says anything of it',
    setting,
    tell: (stage) => {
      stage.settle('a', { g: 'b' })
      stage.restart('b')
      stage.until(() => stage.node('c').isUp('g') || stage.node('b').isUp('g'), 'g served again', 10_000)
      stage.run(3000)
    },
  },
]
