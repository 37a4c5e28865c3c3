import type { Fitness, GroupId } from '../model/index.ts'
import type { Brain } from './brain.ts'
import { isComplainedOf, unreachedHere } from './reach.ts'

/**
 * What this node says of its fitness for a group, by what it knows at this moment. To be asked for very many groups at once, and not kept:
 * what is the same for all of them is looked at once.
 */
export function ownFitness(brain: Brain): (group: GroupId) => Fitness {
  const nowhere = unfitForAll(brain)
  if (nowhere !== null) return () => nowhere
  const complained = isComplainedOf(brain)
  const given = nothingNew(brain)
  return (group) => {
    const fitness = brain.holdings.fitnessOf(group)
    const unreached = complained ? unreachedHere(brain, group) : null
    if (unreached !== null) return { level: 'unfit', reasons: [...fitness.reasons, unreached] }
    return fitness.level === 'fit' && given !== null ? given : fitness
  }
}

function unfitForAll(brain: Brain): Fitness | null {
  if (brain.latenessMs > brain.state.spec.timing.leaseMs) return { level: 'unfit', reasons: [lateReason(brain)] }
  if (brain.isOutdated) return { level: 'unfit', reasons: ['it has not applied the configuration of the coordinator'] }
  return null
}

/** Why it keeps what it has and should be given nothing new. null: it may be. */
function nothingNew(brain: Brain): Fitness | null {
  if (brain.latenessMs > brain.state.spec.timing.leaseMs / 2) return { level: 'keep', reasons: [lateReason(brain)] }
  if (brain.storageFailing !== null) return { level: 'keep', reasons: [`its disk fails: ${brain.storageFailing}`] }
  return null
}

function lateReason({ latenessMs }: Brain): string {
  return `its event loop was ${Math.round(latenessMs)} ms late`
}
