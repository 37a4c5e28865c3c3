import type { Hold, What } from './mail.ts'
import { isAppend, isBeat, isRealVoteRequest, isVoteRequest, unchanged, withVoters } from './stage.ts'
import type { Stage } from './stage.ts'
import type { Story } from './story.ts'

const setting = { nodes: 'a b c', groups: { g: 'b c' } }

interface Lost {
  /** Index of the first lost entry. */
  readonly first: number
  /** Keeps a and c from being elected. */
  readonly candidacies: Hold
}

/** Coordinator a, settled, gives c entries which it loses itself in a crash; then b coordinates, elected by a and b. */
export function losesEntries(stage: Stage, count: number, change = unchanged): Lost {
  const first = stage.lastIndex('a') + 1
  const a = stage.node('a')
  a.disk.stall(Infinity)
  const toB = stage.hold('a>b', isAppend)
  for (let entry = 0; entry < count; entry++) stage.configure(change)
  stage.run(30)
  stage.crash('a')
  a.disk.heal()
  const candidacies = stage.hold('a>* c>*', isVoteRequest)
  stage.start('a')
  toB.end()
  return { first, candidacies }
}

/**
 * Term 1: a gives c entries that a and b never have; what c says of them is late. Term 2: b coordinates and cuts them off. Term 3: a is
 * elected by c, which gets nothing more from it; now it hears how far c was in term 1.
 */
function hearsLate(stage: Stage, what: What): void {
  stage.settle('a')
  const late = stage.hold('c>a', what)
  const { first, candidacies } = losesEntries(stage, 30)
  stage.until(() => stage.coordinates('b') && stage.status('c').commit > first, 'entries of b committed in the place of the lost ones')
  stage.run(500)
  stage.crash('b')
  stage.hold('a>c', isAppend)
  candidacies.end()
  stage.hold('c>*', isVoteRequest)
  stage.until(() => stage.coordinates('a'), 'a as coordinator')
  stage.run(20)
  late.deliver()
  stage.run(300)
}

/** Entries that were never committed, on a node that does not know it. */
export const logStories: readonly Story[] = [
  {
    name: 'a commit index says nothing about entries that were not compared in its term',
    setting,
    tell: (stage) => {
      stage.settle('a')
      losesEntries(stage, 1)
      stage.hold('b>c', isAppend)
      stage.until(() => stage.coordinates('b'), 'b as coordinator')
      stage.run(500)
    },
  },
  {
    name: 'a late word of the disk about an entry that was cut off since counts for nothing',
    setting,
    tell: (stage) => {
      stage.settle('a')
      const c = stage.node('c')
      c.disk.stall(Infinity)
      const { first } = losesEntries(stage, 3)
      stage.hold('b>a', isAppend)
      stage.until(() => stage.coordinates('b') && c.written.termAt(first) === stage.status('b').term, 'entries of c cut off', 5000)
      stage.run(10)
      c.disk.heal()
      stage.until(() => c.durable.lastIndex >= first, 'the first of the old entries on the disk of c', 100)
      // Between that flush and the next one c says how far it is.
      c.setFitness('g', { level: 'fit', reasons: ['a beat at this moment'] })
      stage.run(200)
    },
  },
  {
    name: 'a late answer says nothing about the log in a later term',
    setting,
    tell: (stage) => hearsLate(stage, ({ type }) => type === 'append-answer'),
  },
  {
    name: 'a late beat says nothing about the log in a later term',
    setting,
    tell: (stage) => hearsLate(stage, isBeat),
  },
  {
    name: 'a configuration that was cut off is in force no more',
    setting: { ...setting, nodes: 'a b c d:outsider e:outsider' },
    tell: (stage) => {
      stage.settle('a')
      stage.run(1200)
      const { candidacies } = losesEntries(stage, 1, withVoters('a b c d'))
      stage.until(() => stage.coordinates('b') && stage.status('c').commit === stage.lastIndex('b'), 'the lost entry cut off')
      stage.hold('a>*', isVoteRequest)
      stage.crash('b')
      candidacies.end()
      stage.until(() => stage.coordinates('c'), 'c as coordinator')
      stage.run(1500)
      stage.configure(withVoters('a b c d e'))
      stage.run(1500)
    },
  },
  {
    name: 'a message that waited for a promise is of no use in a later term',
    setting: { nodes: 'a b c x:outsider d:outsider', groups: { g: 'x d' }, timing: { leaseMs: 3000, electionMs: 400 } },
    tell: (stage) => {
      stage.settleDeaf('a', 'x', 'a', 3300)
      // b has forgotten its promise long enough to let a propose; c holds the entry back for its own.
      stage.hold('x>b', isBeat)
      stage.restart('b')
      stage.until(() => stage.assigned('g', 'a').node === 'd', 'g proposed for d', 300)
      stage.run(10)
      const alone = stage.hold('a>*')
      const toC = stage.hold('b>c', isAppend)
      stage.hold('c>*', isVoteRequest)
      stage.until(() => stage.coordinates('b'), 'b as coordinator', 2000)
      // What b has committed with a stands where the entry would, and c has not got it when its promise ends.
      alone.end()
      stage.run(3500)
      toC.end()
      stage.run(500)
    },
  },
  {
    name: 'what a candidate had compared before it stood counts for nothing when another one is elected',
    setting,
    tell: (stage) => {
      stage.settle('a')
      const ofB = stage.hold('b>*', isVoteRequest)
      stage.hold('a>*', isVoteRequest)
      stage.hold('b>c', isAppend)
      const { candidacies } = losesEntries(stage, 1)
      // a would vote for c, which nobody hears ask for it in earnest; so b is elected in the very term in which c stands.
      stage.hold('c>*', (message) => isRealVoteRequest(message) || isBeat(message))
      candidacies.end()
      stage.until(() => stage.status('c').role === 'candidate', 'c standing for election', 2000)
      ofB.end()
      stage.until(() => stage.coordinates('b') && stage.status('b').term === stage.status('c').term, 'b as coordinator', 2000)
      stage.run(300)
    },
  },
]
