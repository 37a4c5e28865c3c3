import { violate } from '../checks/violation.ts'
import type { ClusterSpec } from '../../../model/index.ts'
import { isAppend, isBeat, isVoteRequest, withLease, withVoters } from './stage.ts'
import type { Story } from './story.ts'

const setting = { nodes: 'a b c x:outsider d:outsider', groups: { g: 'x d' } }

function withoutX(spec: ClusterSpec): ClusterSpec {
  return { ...spec, nodes: spec.nodes.filter(({ id }) => id !== 'x') }
}

/** What must be settled before a coordinator changes the configuration again, and who is heard after it. */
export const settledChangeStories: readonly Story[] = [
  {
    name: 'two changes of the voter set are as far apart as the longest promise there ever was',
    setting: { ...setting, timing: { leaseMs: 3000 } },
    tell: (stage) => {
      stage.settleDeaf('a', 'x', 'a d', 3300)
      stage.hold('a>x', isAppend)
      stage.configured(withLease(500))
      stage.run(3200)
      stage.configured(withVoters('a c'))
      stage.run(700)
      stage.configure(withVoters('a c d'))
      stage.run(2500)
    },
  },
  {
    name: 'a change of the voter set that is in one log only is not settled, however old it is',
    setting,
    tell: (stage) => {
      stage.settle('a')
      stage.run(1200)
      stage.hold('a>b a>c', isAppend)
      stage.configure(withVoters('a c'))
      stage.run(1200)
      stage.configure(withVoters('a c d'))
      stage.run(100)
      stage.hold('a>b a>c')
      stage.run(3000)
    },
  },
  {
    name: 'what a coordinator had committed in an earlier term of office settles nothing in this one',
    setting,
    tell: (stage) => {
      stage.settle('a')
      const alone = stage.hold('a>* *>a')
      const candidacies = stage.hold('c>*', isVoteRequest)
      stage.until(() => stage.coordinates('b'), 'b as coordinator')
      alone.end()
      stage.until(() => stage.status('a').commit === stage.lastIndex('b'), 'a following b', 2000)
      stage.run(500)
      stage.hold('a>*', isAppend)
      stage.crash('b')
      stage.until(() => stage.coordinates('a'), 'a as coordinator again')
      candidacies.end()
      stage.run(1500)
      stage.configure(withVoters('a b c d'))
      stage.run(100)
    },
  },
  {
    name: 'who comes back with another data folder takes up nothing that it was given before',
    setting: { nodes: 'a b c x:outsider', groups: { g: 'x' } },
    tell: (stage) => {
      stage.settle('a', { g: 'x' })
      const x = stage.node('x')
      let before: ClusterSpec | null = null
      stage.configured((spec) => withoutX((before = spec)))
      stage.crash('x')
      x.renewFolder()
      stage.configure((spec) => before ?? spec)
      stage.start('x')
      stage.run(3000)
    },
  },
  {
    name: 'a holder that is no member any more is not heard',
    setting,
    tell: (stage) => {
      stage.settle('a', { g: 'x' })
      // The holder goes on by the echoes of b and c, and nobody can ask it to let go.
      stage.hold('a>x')
      stage.configured(withoutX)
      stage.run(3000)
      if (!stage.node('d').isUp('g')) violate('soon one', 'g is not served by d, although its holder is no member any more')
    },
  },
  {
    name: 'a lease is as long as the echoed beat said, and not as the newest one says',
    setting: { ...setting, timing: { leaseMs: 500 } },
    tell: (stage) => {
      stage.settleDeaf('a', 'x', 'a', 1500)
      const echoes = stage.hold('b>x c>x', isBeat)
      stage.configured(withLease(3000))
      stage.hold('x>*', (message) => message.type === 'beat' && message.leaseMs === 3000)
      stage.until(() => stage.beatOf('x')?.leaseMs === 3000, 'a beat of x with the longer lease', 300)
      echoes.release()
      stage.run(2500)
    },
  },
]
