import type { FolderCopy } from '../machine.ts'
import { isAppend, isBeat, isVoteRequest, unchanged } from './stage.ts'
import type { Stage } from './stage.ts'
import type { Story } from './story.ts'

/**
 * c takes part in a commit that b does not hear of; then a is gone, and c comes back with another data folder than it had. Whoever
 * counts its vote coordinates without what was committed.
 */
function comesBack(stage: Stage, exchange: (copy: FolderCopy) => void, lives = 2): void {
  stage.settle('a')
  const copy = stage.node('c').copyFolder()
  for (let life = 0; life < lives; life++) {
    stage.restart('c')
    stage.run(500)
  }
  stage.hold('a>b', isAppend)
  stage.configured(unchanged)
  stage.run(20)
  stage.crash('a')
  // Its peers could tell c what it is; nobody does.
  stage.hold('b>c', isBeat)
  stage.hold('c>*', isVoteRequest)
  exchange(copy)
  stage.start('c')
  stage.run(5000)
}

/** Data folders that are not what the cluster takes them for. */
export const folderStories: readonly Story[] = [
  {
    name: 'an older copy of a data folder has no vote',
    setting: { nodes: 'a b c' },
    tell: (stage) => comesBack(stage, (copy) => stage.node('c').putBack(copy)),
  },
  {
    name: 'an older copy of a data folder has no vote with a node that was restarted either',
    setting: { nodes: 'a b c' },
    tell: (stage) =>
      comesBack(stage, (copy) => {
        stage.node('c').putBack(copy)
        stage.restart('b')
      }),
  },
  {
    name: 'an emptied data folder has no vote',
    setting: { nodes: 'a b c' },
    tell: (stage) => comesBack(stage, () => stage.node('c').empty()),
  },
  {
    name: 'an emptied data folder has no vote, although its number of starts is that of the lost one',
    setting: { nodes: 'a b c' },
    tell: (stage) => comesBack(stage, () => stage.node('c').empty(), 0),
  },
]
