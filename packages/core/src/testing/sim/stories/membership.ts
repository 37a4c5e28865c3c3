import { violate } from '../checks/violation.ts'
import { isAppend, isBeat, isLog, isVoteRequest, withLease, withVoters } from './stage.ts'
import type { Story } from './story.ts'

const setting = { nodes: 'a b c x:outsider d:outsider', groups: { g: 'x d' } }

/** Voter sets that change under a running lease, and leases that become longer or shorter. */
export const membershipStories: readonly Story[] = [
  {
    name: 'who counts in another voter set is denied',
    setting,
    tell: (stage) => {
      stage.settle('a', { g: 'x' })
      stage.run(1200)
      // Neither the removed voter nor the holder learns of any change; c promises nothing in a set that is over.
      stage.hold('a>b a>x', isAppend)
      stage.configured(withVoters('a c'))
      stage.run(1300)
      stage.configured(withVoters('a c d'))
      stage.run(100)
      stage.hold('x>a x>d', isBeat)
      stage.run(2500)
    },
  },
  {
    name: 'two changes of the voter set are a promise apart',
    setting,
    tell: (stage) => {
      stage.settleDeaf('a', 'x', 'a d', 1500)
      stage.configured(withVoters('a c'))
      stage.run(20)
      stage.configure(withVoters('a c d'))
      stage.run(1500)
    },
  },
  {
    name: 'voters change only where an entry of the term is committed, however long the coordinator is in office',
    setting,
    tell: (stage) => {
      stage.settle('a', { g: 'x' })
      stage.hold('c>*', isVoteRequest)
      stage.hold('b>*', isAppend)
      stage.crash('a')
      stage.until(() => stage.coordinates('b'), 'b as coordinator')
      stage.run(1500)
      stage.configure(withVoters('a b c d'))
      stage.run(100)
    },
  },
  {
    name: 'a lease is counted in one voter set',
    setting: { nodes: 'a b c d:outsider e:outsider', groups: { g: 'a c' } },
    tell: (stage) => {
      stage.settle('c', { g: 'a' })
      stage.run(1200)
      stage.configured(withVoters('a b c d'))
      stage.run(1300)
      stage.configured(withVoters('a b c d e'))
      stage.run(1300)
      stage.hold('a-c a-d a-e b-c b-d b-e')
      stage.run(2000)
    },
  },
  {
    name: 'a restarted voter waits for the longest lease there ever was',
    setting: { ...setting, timing: { leaseMs: 3000 } },
    tell: (stage) => {
      stage.settle('a', { g: 'x' })
      stage.hold('x>a', isBeat)
      stage.hold('a>x', isAppend)
      stage.run(3300)
      stage.configured(withLease(500))
      stage.run(300)
      stage.hold('x>*', isBeat)
      stage.restart('b', 'c')
      stage.run(3500)
    },
  },
  {
    name: 'a voter promises no longer lease than its disk knows of',
    setting: { ...setting, timing: { leaseMs: 500 } },
    tell: (stage) => {
      stage.settle('a', { g: 'x' })
      const c = stage.node('c')
      c.disk.stall(Infinity)
      stage.hold('x>a', isBeat)
      stage.configured(withLease(3000))
      stage.until(() => stage.beatOf('x')?.leaseMs === 3000, 'a beat of x with the longer lease', 1000)
      stage.run(2500)
      stage.hold('x>*', isBeat)
      stage.crash('c')
      c.disk.heal()
      stage.start('c')
      stage.run(3000)
    },
  },
  {
    name: 'a promise is as long as the lease that the beat states',
    setting: { ...setting, timing: { leaseMs: 3000 } },
    tell: (stage) => {
      stage.settle('a', { g: 'x' })
      // The holder has not yet heard that leases are shorter now.
      stage.hold('a>x', isAppend)
      stage.configured(withLease(500))
      stage.run(1000)
      stage.crash('x')
      stage.run(4000)
    },
  },
  {
    name: 'a promise never gets shorter',
    setting: { ...setting, timing: { leaseMs: 3000 } },
    tell: (stage) => {
      stage.settle('a', { g: 'x' })
      stage.configured(withLease(500))
      stage.until(() => stage.beatOf('x')?.leaseMs === 500, 'a beat of x with the shorter lease', 1000)
      stage.run(10)
      stage.crash('x')
      stage.run(4000)
    },
  },
  {
    name: 'a voter that was removed keeps its promises, for its removal may be cut off',
    setting: { ...setting, timing: { leaseMs: 3000, electionMs: 400 } },
    tell: (stage) => {
      stage.settleDeaf('a', 'x', 'b', 3500)
      // Only c gets the entry that removes it; a loses it, and b coordinates without it.
      const a = stage.node('a')
      a.disk.stall(Infinity)
      const others = stage.hold('a>b a>x a>d', isAppend)
      stage.configure(withVoters('a b'))
      stage.run(10)
      stage.hold('x>a', isBeat)
      stage.crash('a')
      a.disk.heal()
      stage.hold('a>* c>*', isVoteRequest)
      stage.start('a')
      others.end()
      const toC = stage.hold('b>c', isAppend)
      stage.until(() => stage.coordinates('b') && stage.assigned('g', 'b').node === 'd', 'g proposed for d by b', 2500)
      toC.end()
      stage.run(4000)
    },
  },
  {
    name: 'a beat that was heard before one had a vote is denied',
    setting: { nodes: 'a b d:outsider x:outsider y:outsider', groups: { g: 'x y' } },
    tell: (stage) => {
      stage.settle('a', { g: 'x' })
      stage.run(1200)
      // The holder counts d as a voter before d knows that it is one.
      const toD = stage.hold('a>d', isLog)
      stage.configured(withVoters('a b d'))
      stage.until(() => stage.beatOf('x')?.voters.includes('d') ?? false, 'a beat of x that counts d', 500)
      stage.hold('x>a', isBeat)
      stage.run(850)
      stage.hold('x>d', isBeat)
      stage.run(3)
      toD.release()
      stage.run(2000)
    },
  },
  {
    name: 'a voter set of which no quorum can be heard is refused',
    setting: { nodes: 'a b c d:outsider', groups: { g: 'a b' } },
    tell: (stage) => {
      stage.settle('a', { g: 'a' })
      stage.run(1200)
      // Two of the three voters go on; of the four that there would be it takes three.
      stage.crash('c', 'd')
      stage.run(1000)
      stage.configure(withVoters('a b c d'))
      stage.run(4000)
      if (!stage.node('a').isUp('g')) violate('soon one', 'g is served by nobody since a voter was added that nobody can hear')
    },
  },
]
