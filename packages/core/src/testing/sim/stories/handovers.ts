import type { What } from './mail.ts'
import { isAppend, isRealVoteRequest, isVoteRequest, unchanged } from './stage.ts'
import type { Story } from './story.ts'

const setting = { nodes: 'a b c' }
const isRealVote: What = (message) => message.type === 'vote-answer' && !message.pre
const isInvitation: What = (message) => message.type === 'timeout-now'

/** Words between an election and the next one: votes, and the wish that somebody else coordinate. */
export const handoverStories: readonly Story[] = [
  {
    name: 'a vote of one term is none in the next',
    setting,
    tell: (stage) => {
      // Term 1: c stands, and the votes that it gets are late.
      stage.hold('b>*', isVoteRequest)
      const others = stage.hold('a>*', isVoteRequest)
      const votes = stage.hold('a>c b>c', isRealVote)
      stage.start('a', 'b', 'c')
      stage.until(() => votes.kept.length > 1, 'votes for c')
      // Term 2: of c, which stands again, nobody hears more than that it would like to; a is elected.
      stage.hold('c>*', (message) => !isVoteRequest(message) || isRealVoteRequest(message))
      stage.until(() => stage.status('c').term === 2, 'c in another term', 2000)
      stage.hold('a>c')
      others.release()
      stage.until(() => stage.coordinates('a'), 'a as coordinator', 400)
      votes.deliver()
      stage.run(500)
    },
  },
  {
    name: 'the vote of an only voter counts once it is on disk',
    setting: { nodes: 'a b:outsider', groups: { g: 'a b' } },
    tell: (stage) => {
      stage.node('a').disk.stall(Infinity)
      stage.start('a', 'b')
      stage.run(3000)
    },
  },
  {
    name: 'a log that is longer and older than what was committed elects nobody',
    setting,
    tell: (stage) => {
      stage.settle('a')
      // Only a has these entries; then b coordinates, and what c has of that is committed.
      const appends = stage.hold('a>b a>c', isAppend)
      for (let entry = 0; entry < 5; entry++) stage.configure(unchanged)
      stage.run(10)
      const alone = stage.hold('a>* *>a')
      const candidacies = stage.hold('c>*', isVoteRequest)
      stage.until(() => stage.coordinates('b'), 'b as coordinator')
      stage.until(() => stage.status('c').commit === stage.lastIndex('b'), 'a commit without a', 1000)
      stage.crash('b')
      appends.end()
      alone.end()
      stage.run(3000)
      candidacies.end()
    },
  },
  {
    name: 'a coordinator that leaves wants nobody in its place who lacks what it has',
    setting: { nodes: 'a b c', groups: { g: 'b c' } },
    tell: (stage) => {
      stage.settle('a', { g: 'b' })
      stage.hold('a>b a>c', isAppend)
      stage.configure(unchanged)
      stage.node('a').tell({ type: 'stop' })
      stage.run(5000)
    },
  },
  {
    name: 'who was to coordinate in an earlier term does not depose who does in this one',
    setting,
    tell: (stage) => {
      stage.settle('a')
      const late = stage.hold('a>b', isInvitation)
      stage.node('a').tell({ type: 'stop' })
      stage.until(() => late.kept.length > 0, 'the wish that b coordinate')
      stage.until(() => stage.coordinates('c'), 'c as coordinator', 5000)
      stage.run(500)
      late.deliver()
      stage.run(500)
    },
  },
]
