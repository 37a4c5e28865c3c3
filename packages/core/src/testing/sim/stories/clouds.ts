import { violate } from '../checks/violation.ts'
import type { Stage } from './stage.ts'
import type { Story } from './story.ts'

/** So slow that a claim is under way for seconds. */
const SLOW_MS = 150

/** Node c is given the group, and its claim takes seconds. */
function begin(stage: Stage): void {
  stage.settle('a', { g: 'b' })
  const c = stage.node('c')
  c.onCloudClaim = () => (c.weather.latencyMs = SLOW_MS)
  stage.switchover('g', 'c')
  stage.until(() => c.weather.latencyMs === SLOW_MS, 'a claim of c', 2000)
  stage.run(300)
}

function demandServed(stage: Stage, by: string): void {
  const group = stage.node(by).spec.groups[0]
  if (group === undefined || !stage.node(by).serves(group)) violate('what a late call took is put back', `g is not served by ${by}`)
}

/** A cloud's table goes where the last call moved it, and a call may come late. */
export const cloudStories: readonly Story[] = [
  {
    name: 'what the late call of a dead daemon took away is put back by the holder',
    setting: { nodes: 'a b c', groups: { g: 'b c' }, inCloud: true },
    tell: (stage) => {
      begin(stage)
      stage.crash('c')
      stage.until(() => stage.node('b').isUp('g'), 'g on b', 2500)
      stage.until(() => !stage.node('b').isUp('g'), 'the late call', 10_000)
      stage.run(5500)
      demandServed(stage, 'b')
    },
  },
  {
    name: 'a claim that lands when its lease is over is taken back',
    setting: { nodes: 'a b c', groups: { g: 'b c' }, inCloud: true },
    tell: (stage) => {
      begin(stage)
      const away = stage.hold('c>* *>c')
      stage.run(8000)
      away.end()
      stage.run(7000)
      demandServed(stage, 'b')
    },
  },
]
