import { violate } from '../checks/violation.ts'
import type { Stage } from './stage.ts'
import type { Story } from './story.ts'

const setting = { nodes: 'a b c', groups: { g: 'b c' } }

function demandOn(stage: Stage, node: string, withinMs: number): void {
  if (!stage.comes(() => stage.node(node).isUp('g'), withinMs)) violate('soon one', `g is not on ${node} after ${withinMs} ms`)
}

/** Who keeps a group, and who is given it anew, where a node cannot hold it. */
export const placementStories: readonly Story[] = [
  {
    name: 'a holder that says that it is unfit is left',
    setting,
    tell: (stage) => {
      stage.settle('a', { g: 'b' })
      stage.node('b').setFitness('g', { level: 'unfit', reasons: ['a check that fails for good'] })
      demandOn(stage, 'c', 500)
    },
  },
  {
    name: 'a group that is added is served, although the disk of the coordinator fails and never learns of it',
    setting,
    tell: (stage) => {
      stage.settle('a', { g: 'b' })
      stage.node('a').disk.setFailing('input/output error')
      stage.configure((spec) => ({ ...spec, groups: spec.groups.flatMap((group) => [group, { ...group, id: 'added' }]) }))
      if (!stage.comes(() => stage.node('b').isUp('added'), 2000)) violate('soon one', 'the added group is not served after 2000 ms')
    },
  },
  {
    name: 'a node that cannot bring a group up is left for another, and passed over when that one dies',
    setting: { nodes: 'a b c d', groups: { g: 'b c d' } },
    tell: (stage) => {
      stage.settle('a', { g: 'b' })
      stage.node('b').weather.claims = 'fail'
      stage.restart('b')
      demandOn(stage, 'c', 8000)
      stage.crash('c')
      demandOn(stage, 'd', 2500)
    },
  },
]
