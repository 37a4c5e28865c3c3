import { isAppend, isBeat, isVoteRequest, unchanged } from './stage.ts'
import type { Stage } from './stage.ts'
import type { Story } from './story.ts'

/**
 * c takes part in a commit that b does not hear of; then a is gone, and c comes back with a data folder from before. Whoever counts its
 * vote coordinates without what was committed.
 */
function comesBackOlder(stage: Stage, before: () => void): void {
  stage.settle('a')
  const c = stage.node('c')
  const copy = c.copyFolder()
  for (let life = 0; life < 2; life++) {
    stage.restart('c')
    stage.run(500)
  }
  stage.hold('a>b', isAppend)
  stage.configured(unchanged)
  stage.run(20)
  stage.crash('a')
  // Its peers could tell c that it is an older copy; nobody does.
  stage.hold('b>c', isBeat)
  stage.hold('c>*', isVoteRequest)
  c.putBack(copy)
  before()
  c.start()
  stage.run(5000)
}

/** Data folders that are not what the cluster takes them for. */
export const folderStories: readonly Story[] = [
  {
    name: 'an older copy of a data folder has no vote',
    setting: { nodes: 'a b c' },
    tell: (stage) => comesBackOlder(stage, () => {}),
  },
  {
    name: 'an older copy of a data folder has no vote with a node that was restarted either',
    setting: { nodes: 'a b c' },
    tell: (stage) => comesBackOlder(stage, () => stage.restart('b')),
  },
]
