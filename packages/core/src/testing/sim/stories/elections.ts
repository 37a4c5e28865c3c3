import { violate } from '../checks/violation.ts'
import { isAppend, isVoteRequest, unchanged } from './stage.ts'
import type { Stage } from './stage.ts'
import type { Story } from './story.ts'

/** Whom a quorum hears goes on coordinating, in the same term. */
function demandSame(stage: Stage, coordinator: string, term: number): void {
  const { role, term: now } = stage.status(coordinator)
  if (role !== 'coordinator' || now !== term)
    violate('elections disturb nobody', `${coordinator} coordinated term ${term}, heard by a quorum, and is ${role} in term ${now}`)
}

/** Who coordinates, and what an election must not lose. */
export const electionStories: readonly Story[] = [
  {
    name: 'a node that returns deposes nobody',
    setting: { nodes: 'a b c' },
    tell: (stage) => {
      stage.settle('a')
      const { term } = stage.status('a')
      const away = stage.hold('c>* *>c')
      stage.run(5000)
      away.end()
      stage.run(1500)
      demandSame(stage, 'a', term)
    },
  },
  {
    name: 'a node that is deaf to the coordinator deposes nobody whom a quorum hears',
    setting: { nodes: 'a b c' },
    tell: (stage) => {
      stage.settle('a')
      const { term } = stage.status('a')
      stage.hold('a>c')
      stage.run(5000)
      demandSame(stage, 'a', term)
    },
  },
  {
    name: 'a coordinator that hears no quorum steps down',
    setting: { nodes: 'a b c' },
    tell: (stage) => {
      stage.settle('a')
      stage.hold('*>a')
      stage.run(2 * 900)
      if (stage.coordinates('a')) violate('no coordinator without a quorum', 'a has heard nobody for two election times and coordinates')
    },
  },
  {
    name: 'nobody is elected without what was committed',
    setting: { nodes: 'a b c' },
    tell: (stage) => {
      stage.settle('a')
      stage.hold('a>c', isAppend)
      stage.configured(unchanged)
      stage.hold('b>*', isVoteRequest)
      stage.crash('a')
      stage.run(4000)
    },
  },
  {
    name: 'founders do not found one cluster each with a node that is to join',
    setting: { nodes: 'a b', joining: 'c d' },
    tell: (stage) => {
      stage.hold('a>b b>a a>d d>a c>b b>c c>d d>c')
      stage.start('a', 'b', 'c', 'd')
      stage.run(5000)
    },
  },
  {
    name: 'an entry of an older term is not committed by counting (Raft, figure 8)',
    setting: { nodes: 'a b c d:outsider', groups: { g: 'd a' }, timing: { leaseMs: 3000, electionMs: 400 } },
    tell: figureEight,
  },
  {
    name: 'entries of a deposed coordinator that come late change nothing',
    setting: { nodes: 'a b c' },
    tell: (stage) => {
      stage.settle('a')
      const late = stage.hold('a>b a>c', isAppend)
      stage.configure(unchanged)
      stage.hold('a>* *>a')
      stage.hold('c>*', isVoteRequest)
      stage.until(() => stage.coordinates('b') && stage.status('c').commit >= stage.status('b').lastIndex, 'a commit without a')
      late.deliver()
      stage.run(1000)
    },
  },
]

/**
 * Term 1: a has two entries that nobody else gets, x and y. Term 2: c is elected, writes an entry of its own and dies. Term 3: a is
 * elected again; b takes x and holds y back for a promise, so a quorum has x. Term 4: c is elected and cuts x off, as it may.
 */
function figureEight(stage: Stage): void {
  stage.settle('a', { g: 'd' })
  const first = stage.lastIndex('a') + 1
  const ofA = stage.hold('a>*', isAppend)
  stage.hold('d>b d>c')
  stage.configure(unchanged)
  stage.switchover('g', 'a')
  stage.until(
    () => stage.assigned('g', 'a').node === 'a' && stage.node('a').durable.lastIndex > first,
    'both entries on the disk of a',
    500,
  )

  const alone = stage.hold('a>* *>a')
  ofA.end()
  stage.hold('b>*', isVoteRequest)
  stage.hold('c>*', isAppend)
  stage.until(() => stage.coordinates('c') && stage.node('c').durable.lastIndex >= first, 'c as coordinator', 2000)
  stage.crash('c')

  stage.restart('b')
  alone.end()
  const { durable } = stage.node('b')
  stage.until(() => durable.lastIndex === first && stage.coordinates('a'), 'one of the two entries on the disk of b', 2000)
  stage.run(250)

  stage.hold('a>* *>a')
  stage.start('c')
  stage.run(1500)
}
