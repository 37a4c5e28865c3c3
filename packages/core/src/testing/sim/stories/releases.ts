import { violate } from '../checks/violation.ts'
import { isAppend, isBeat } from './stage.ts'
import type { Stage } from './stage.ts'
import type { Story } from './story.ts'

const FIT = { level: 'fit', reasons: [] } as const
const setting = { nodes: 'a b c', groups: { g: 'b c' } }

/** How a group changes hands, and what nobody may say or believe on the way. */
export const releaseStories: readonly Story[] = [
  {
    name: 'a group moves only after its address is down, however long that takes',
    setting,
    tell: (stage) => {
      stage.settle('a', { g: 'b' })
      stage.node('b').weather.latencyMs = 300
      stage.switchover('g', 'c')
      stage.run(2500)
    },
  },
  {
    name: 'a release that fails is none',
    setting,
    tell: (stage) => {
      stage.settle('a', { g: 'b' })
      const { weather } = stage.node('b')
      weather.failRate = 1
      stage.switchover('g', 'c')
      stage.run(100)
      weather.failRate = 0
      stage.run(2500)
    },
  },
  {
    name: 'a planned move waits for no lease to end',
    setting,
    tell: (stage) => {
      stage.settle('a', { g: 'b' })
      stage.switchover('g', 'c')
      stage.run(400)
      if (!stage.node('c').isUp('g')) violate('a planned move is quick', 'g is not on c 400 ms after the request')
    },
  },
  {
    name: 'no call outlives the lease under which it was made',
    setting: { nodes: 'a b c', groups: { g: 'c b' } },
    tell: (stage) => {
      stage.settle('a', { g: 'c' })
      const { weather } = stage.node('b')
      stage.switchover('g', 'b')
      stage.until(() => stage.lists('b', 'g'), 'g given to b', 300)
      weather.hangRate = 1
      stage.run(60)
      weather.hangRate = 0
      stage.hold('b>* *>b')
      stage.run(1600)
      if (stage.beatOf('b')?.holds.length !== 0) violate('calls end with their lease', 'b is still busy with a claim whose lease has ended')
    },
  },
  {
    name: 'what was released is never taken up again',
    setting: { nodes: 'a b c', groups: { g: 'b c', h: 'c a' } },
    tell: (stage) => {
      stage.settle('a', { g: 'b', h: 'c' })
      const { epoch } = stage.assigned('g', 'a')
      // Nobody hears the word of release; then something else in the log makes b look at its assignments again.
      const quiet = stage.hold('b>*', isBeat)
      stage.switchover('g', 'c')
      stage.until(() => stage.beatOf('b')?.released.some((word) => word.epoch === epoch) ?? false, 'the word of release', 300)
      stage.switchover('h', 'a')
      if (stage.comes(() => stage.lists('b', 'g'), 300)) quiet.deliver(2)
      stage.run(50)
      quiet.end()
      stage.run(500)
    },
  },
  {
    name: 'a word of release voids the promises of its epoch and of no later one',
    setting: { nodes: 'a b c d:outsider', groups: { g: 'b d' }, timing: { electionMs: 3000 } },
    tell: (stage) => {
      stage.settle('a', { g: 'b' })
      const { epoch } = stage.assigned('g', 'a')
      // b loses its lease, releases, and is given the group anew, for nobody else could take it.
      stage.node('d').setFitness('g', { level: 'unfit', reasons: ['not yet'] })
      const alone = stage.hold('b>* *>b')
      stage.until(() => stage.beatOf('b')?.released.some((word) => word.epoch === epoch) ?? false, 'the word of release')
      stage.run(100)
      // c hears no commit, so it has not yet applied what it promises.
      stage.hold('a>c', isBeat)
      alone.end()
      stage.until(() => stage.lists('b', 'g', epoch), 'g given to b again', 500)
      stage.run(5)
      stage.hold('b>a', isBeat)
      stage.node('d').setFitness('g', FIT)
      stage.run(1700)
    },
  },
  {
    name: 'promises outlast leases whose clocks run slow',
    setting: { ...setting, timing: { driftPpmMax: 200_000 }, rates: { a: 1.1, b: 0.9, c: 1.1 } },
    tell: (stage) => {
      stage.settle('a', { g: 'b' })
      stage.crash('b')
      stage.run(2500)
    },
  },
  {
    name: 'an entry that a promise holds back is not held back for ever',
    setting: { nodes: 'a b c d:outsider', groups: { g: 'b d' } },
    tell: (stage) => {
      stage.settleDeaf('a', 'b', 'a', 1300)
      // c has forgotten its promise long enough to let a propose, and hears b again before the entry can be taken up.
      stage.restart('c')
      stage.until(() => stage.assigned('g', 'a').node === 'd', 'g proposed for d', 300)
      const { epoch } = stage.assigned('g', 'a')
      stage.run(5000)
      if (stage.status('a').commit < epoch)
        violate('the log moves on', `entry ${epoch} is held back for good by promises that are prolonged`)
    },
  },
  {
    name: 'a promise binds against nobody as well as against somebody else',
    setting: { nodes: 'a b c x:outsider', groups: { g: 'x' } },
    tell: (stage) => {
      stage.settleDeaf('a', 'x', 'a', 1500)
      // The group is configured no more, which its holder does not hear; a and c, which has forgotten its promise, would free it at once.
      stage.hold('a>x', isAppend)
      stage.configured((spec) => ({ ...spec, groups: [] }))
      stage.run(300)
      stage.hold('x>c', isBeat)
      stage.restart('c')
      stage.until(() => stage.assigned('g', 'a').node === null, 'g proposed for nobody', 500)
      stage.run(2500)
    },
  },
  {
    name: 'a group that is configured no more is let go',
    setting,
    tell: (stage) => {
      stage.settle('a', { g: 'b' })
      stage.configured((spec) => ({ ...spec, groups: [] }))
      stage.run(1500)
      if (stage.cluster.checks.rights.runs(stage.now, 'b', 'g'))
        violate('removed groups are let go', 'b has a lease of g, which is not configured any more')
    },
  },
  {
    name: 'a promise is kept to its last millisecond',
    setting: { nodes: 'a b c x:outsider d:outsider', groups: { g: 'x d' } },
    tell: (stage) => {
      stage.settleDeaf('a', 'x', 'a', 1300)
      stage.hold('x>*', isBeat)
      stage.run(800)
      // Whatever makes a voter look at its promises, it finds them running.
      for (let ms = 0; ms < 250; ms++) {
        for (const id of ['b', 'c']) stage.node(id).setFitness('g', { level: 'fit', reasons: [`${ms}`] })
        stage.run(1)
      }
      stage.run(1000)
    },
  },
  {
    name: 'a holder on its way down is promised nothing more',
    setting,
    tell: (stage) => {
      stage.settle('a', { g: 'b' })
      stage.node('b').weather.hangRate = 1
      stage.switchover('g', 'c')
      stage.run(2500)
      if (!stage.node('c').isUp('g')) violate('soon one', 'g is not on c although the lease of b is over')
    },
  },
  {
    name: 'an endpoint that is configured no more is taken down before the group is let go',
    setting,
    tell: (stage) => {
      stage.settle('a', { g: 'b' })
      const endpoints = [{ id: 'other', backend: 'simulated', options: {} }]
      const { weather } = stage.node('b')
      weather.failRate = 1
      stage.configured((spec) => ({ ...spec, groups: spec.groups.map((group) => ({ ...group, endpoints })) }))
      stage.run(30)
      weather.failRate = 0
      stage.switchover('g', 'c')
      stage.run(1500)
    },
  },
  {
    name: 'a daemon that stops has let go before, and lets others know',
    setting,
    tell: (stage) => {
      stage.settle('a', { g: 'b' })
      stage.node('c').setFitness('g', { level: 'unfit', reasons: ['not yet'] })
      stage.run(200)
      stage.node('b').tell({ type: 'stop' })
      stage.node('c').setFitness('g', FIT)
      stage.run(400)
      if (!stage.node('c').isUp('g')) violate('a planned move is quick', 'g is not on c 400 ms after b began to stop')
    },
  },
  {
    name: 'an address that its kernel has ended is claimed again where its lease goes on',
    setting: { ...setting, timing: { electionMs: 3000 } },
    tell: (stage) => {
      // The lease is prolonged in its last moment, and the daemon stands still before it can tell its kernel.
      standStillAtTheEndOfTheLease(stage, 1)
      stage.run(300)
      if (!stage.node('b').isUp('g')) violate('soon one', 'g is not up on b, whose lease goes on')
    },
  },
  {
    name: 'a lease that has ended is over, though what would prolong it is heard first',
    setting: { ...setting, timing: { electionMs: 3000 } },
    tell: (stage) => {
      // The daemon stands still while the lease ends, and what it finds first in its mail is an echo of a later beat.
      standStillAtTheEndOfTheLease(stage, 0)
      stage.run(1500)
    },
  },
  {
    name: 'a holder that votes counts no beat that it denies itself',
    setting: { nodes: 'a b c d:outsider', groups: { g: 'b d' } },
    tell: (stage) => {
      stage.settleDeaf('a', 'b', 'a', 1300)
      // c has forgotten its promise long enough to let a propose, and then promises again: it does not get the entry that b holds back.
      stage.hold('a>c', isAppend)
      stage.restart('c')
      stage.until(() => stage.assigned('g', 'a').node === 'd', 'g proposed for d', 300)
      stage.run(3000)
    },
  },
]

/** Holder b hears no echo until its lease is about to end; then it gets one, does `steps` more, and stands still beyond that end. */
function standStillAtTheEndOfTheLease(stage: Stage, steps: number): void {
  stage.settle('a', { g: 'b' })
  const { process } = stage.node('b')
  const echoes = stage.hold('*>b', isBeat)
  const leftMs = (): number => stage.status('b').groups[0]?.leaseMs ?? 0
  stage.until(() => leftMs() < 20, 'the last of the lease', 1500)
  process?.freeze(steps)
  echoes.deliver(1)
  echoes.end()
  stage.run(25)
  process?.thaw()
}
