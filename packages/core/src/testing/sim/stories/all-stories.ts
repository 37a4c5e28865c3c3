import { answerStories } from './answers.ts'
import { cloudStories } from './clouds.ts'
import { deafCoordinatorStories } from './deaf-coordinator.ts'
import { electionStories } from './elections.ts'
import { fenceStories } from './fences.ts'
import { folderStories } from './folders.ts'
import { handoverStories } from './handovers.ts'
import { logStories } from './logs.ts'
import { membershipStories } from './membership.ts'
import { placementStories } from './placements.ts'
import { releaseStories } from './releases.ts'
import { restartStories } from './restarts.ts'
import { serviceStories } from './services.ts'
import { settledChangeStories } from './settled-changes.ts'
import { snapshotStories } from './snapshots.ts'
import type { Story } from './story.ts'
import { upgradeStories } from './upgrades.ts'
import { verdictStories } from './verdicts.ts'

export const allStories: readonly Story[] = [
  ...restartStories,
  ...deafCoordinatorStories,
  ...verdictStories,
  ...releaseStories,
  ...membershipStories,
  ...settledChangeStories,
  ...electionStories,
  ...handoverStories,
  ...logStories,
  ...snapshotStories,
  ...folderStories,
  ...answerStories,
  ...cloudStories,
  ...placementStories,
  ...serviceStories,
  ...fenceStories,
  ...upgradeStories,
]
