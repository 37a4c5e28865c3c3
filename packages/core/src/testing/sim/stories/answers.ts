import type { What } from './mail.ts'
import { isBeat, Untold } from './stage.ts'
import type { Stage } from './stage.ts'
import type { Story } from './story.ts'

const isRequest: What = (message) => message.type === 'request'
const isReply: What = (message) => message.type === 'reply'

/** Nobody but a can take g. */
function onlyA(stage: Stage): void {
  for (const id of ['b', 'c']) stage.node(id).setFitness('g', { level: 'unfit', reasons: ['a story'] })
}

/** What operators are told. */
export const answerStories: readonly Story[] = [
  {
    name: 'a wish for the node that has the group is not met once that node is gone',
    setting: { nodes: 'a b c' },
    tell(stage) {
      stage.settle('b', { g: 'a' })
      onlyA(stage)
      stage.run(100)
      stage.crash('a')
      stage.run(6000)
      stage.switchover('g', 'a')
      stage.run(100)
    },
  },
  {
    name: 'a wish that is heard twice is one wish',
    setting: { nodes: 'a b c' },
    tell(stage) {
      stage.settle('a', { g: 'a' })
      const wishes = stage.hold('c>a', isRequest)
      stage.node('c').ask({ type: 'switchover', group: 'g', to: 'b' })
      stage.until(() => wishes.kept.length > 0, 'the wish on its way')
      const [wish] = wishes.kept
      wishes.release()
      if (wish !== undefined) stage.node('a').receive(wish)
      stage.until(() => stage.node('b').isUp('g'), 'g on b')
      stage.run(500)
    },
  },
  {
    name: 'a runner that comes too late for a lease gives it back, and its engine hears that',
    setting: { nodes: 'a b c' },
    tell(stage) {
      stage.settle('a', { g: 'a' })
      const { epoch } = stage.assigned('g', 'a')
      const b = stage.node('b')
      stage.switchover('g', 'b')
      stage.until(() => stage.lists('b', 'g', epoch), 'b with g')
      const echoes = stage.hold('a>b c>b', isBeat)
      stage.until(() => echoes.kept.length > 0, 'an echo of that')
      // It hears of its lease and is frozen before it has told its runner.
      b.process?.freeze(1)
      echoes.deliver(1)
      stage.run(1500)
      if (b.process?.frozen !== true) throw new Untold('b runs on')
      b.process.thaw()
      echoes.release()
      stage.run(2000)
    },
  },
  {
    name: 'an answer to an earlier life is no answer to this one',
    setting: { nodes: 'a b c', groups: { g: 'a b', h: 'a c' } },
    tell(stage) {
      stage.settle('a', { g: 'a', h: 'a' })
      const answers = stage.hold('a>c', isReply)
      stage.node('c').ask({ type: 'switchover', group: 'g', to: 'b' })
      stage.until(() => answers.kept.length > 0, 'the answer on its way')
      stage.restart('c')
      stage.run(1000)
      stage.hold('c>a', isRequest)
      stage.node('c').ask({ type: 'switchover', group: 'h', to: 'c' })
      stage.run(10)
      answers.release()
      stage.run(100)
    },
  },
]
