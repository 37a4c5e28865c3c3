import { isAppend, isBeat, isRealVoteRequest, isVoteRequest } from './stage.ts'
import type { Story } from './story.ts'

/** What a life must remember, or make good by waiting, when another one follows it. */
export const restartStories: readonly Story[] = [
  {
    name: 'a vote outlives a crash',
    setting: { nodes: 'a b c' },
    tell: (stage) => {
      stage.hold('c>*', isVoteRequest)
      const late = stage.hold('b>c', isRealVoteRequest)
      stage.start('a', 'b', 'c')
      const { durable } = stage.node('c')
      stage.until(() => durable.hard.votedFor === 'a' && late.kept.length > 0, 'a vote of c for a while b asks, too')
      stage.hold('a>c')
      stage.restart('c')
      late.release()
      stage.run(50)
    },
  },
  {
    name: 'a restarted holder is silent about its epoch until its address is down',
    setting: { nodes: 'a b c', groups: { g: 'b c' } },
    tell: (stage) => {
      stage.settle('a', { g: 'b' })
      stage.restart('b')
      stage.run(2000)
    },
  },
  {
    name: 'a restarted node serves nothing of its earlier life',
    setting: { nodes: 'a b c', groups: { g: 'b' } },
    tell: (stage) => {
      stage.settle('a', { g: 'b' })
      stage.restart('b')
      stage.run(2000)
    },
  },
  {
    name: 'a coordinator appends nothing against its own promise',
    setting: { nodes: 'a b c', groups: { g: 'b c' } },
    tell: (stage) => {
      stage.settle('a', { g: 'b' })
      // c has promised b nothing, and b has forgotten; only a remembers what the address of the dead process rests on.
      stage.hold('b>c')
      stage.run(6000)
      stage.restart('b')
      stage.run(1500)
    },
  },
  {
    name: 'voters that were restarted wait for the promises that they have forgotten',
    setting: { nodes: 'a b c x:outsider d:outsider', groups: { g: 'x d' } },
    tell: (stage) => {
      stage.settleDeaf('a', 'x', 'a', 1500)
      stage.hold('x>*', isBeat)
      stage.restart('b', 'c')
      stage.run(2000)
    },
  },
  {
    name: 'an entry that a restarted voter gets together with others is judged by what they say',
    setting: { nodes: 'a b c', groups: { g: 'c b' } },
    tell: (stage) => {
      stage.settle('a', { g: 'c' })
      const c = stage.node('c')
      const { epoch: first } = stage.assigned('g', 'a')
      stage.hold('b>a', isBeat)
      stage.run(300)
      // That b has the group never reaches the disk of c, which promises it all the same: the write has begun.
      c.disk.stall(Infinity)
      stage.switchover('g', 'b')
      stage.until(() => stage.node('b').isUp('g'), 'g on b', 300)
      stage.run(300)
      stage.crash('c')
      c.disk.heal()
      const appends = stage.hold('a>c', isAppend)
      stage.start('c')
      stage.until(() => stage.assigned('g', 'a').node === 'c' && stage.assigned('g', 'a').epoch > first, 'g given back to c', 1200)
      appends.end()
      stage.run(1500)
    },
  },
  {
    name: 'an echo of an earlier life counts for nothing, though clocks begin anew',
    setting: { nodes: 'a b c', groups: { g: 'b c', h: 'b' } },
    tell: (stage) => {
      const b = stage.node('b')
      const reboot = (): void => {
        b.reboot()
        b.start()
      }
      stage.settle('a', { g: 'b' })
      // Two lives beat once at the same reading of their clocks: c hears the first of these beats, nobody the second.
      reboot()
      stage.run(700)
      b.setFitness('h', { level: 'fit', reasons: ['first'] })
      stage.run(2)
      stage.hold('b>c', isBeat)
      stage.run(18)
      reboot()
      stage.run(300)
      stage.hold('b>a', isBeat)
      stage.run(400)
      b.setFitness('h', { level: 'fit', reasons: ['second'] })
      stage.run(1500)
    },
  },
  {
    name: 'a late word of an earlier epoch frees a restarted voter of no later one',
    setting: { nodes: 'a b c x:outsider d:outsider', groups: { g: 'x d' } },
    tell: (stage) => {
      stage.settle('a', { g: 'x' })
      const { epoch } = stage.assigned('g', 'a')
      // x loses its lease, releases, and is given the group anew, for nobody else could take it.
      stage.node('d').setFitness('g', { level: 'unfit', reasons: ['not yet'] })
      const late = stage.hold('x>c', isBeat)
      const alone = stage.hold('x>* *>x')
      stage.until(() => stage.beatOf('x')?.released.some((word) => word.epoch === epoch) ?? false, 'the word of release')
      late.end()
      alone.end()
      stage.until(() => stage.lists('x', 'g', epoch), 'g given to x again', 1500)
      const again = stage.assigned('g', 'a').epoch
      stage.hold('x>a', isBeat)
      stage.run(1500)
      stage.node('d').setFitness('g', { level: 'fit', reasons: [] })
      stage.run(200)
      stage.hold('x>*', isBeat)
      stage.restart('c')
      stage.until(() => stage.status('c').commit >= again, 'c knowing what is committed', 300)
      late.deliver(1)
      stage.run(2500)
    },
  },
]
