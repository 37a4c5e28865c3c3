import type { Mutant } from './mutant.ts'

const suspects = 'engine/suspects.ts'

/** Mistakes about who may still run a service that asks for a fence. */
export const fenceMutants: readonly Mutant[] = [
  {
    name: 'suspect-forgotten',
    what: 'a holder that has said nothing is not remembered as one that may still run the service',
    edits: [
      {
        file: suspects,
        text: `return isFenced && !promises.isReleased(group, current.epoch, current.node) ? { unreleased: true } : {}`,
        instead: `return isFenced && promises.isReleased(group, current.epoch, current.node) ? { unreleased: true } : {}`,
      },
    ],
  },
  {
    name: 'suspect-clears-itself-early',
    what: 'a suspect says that it has released the group while it still stops the service',
    edits: [
      {
        file: 'engine/holdings.ts',
        text: `return (this.fates.get(epoch)?.phase ?? 'released') === 'released'`,
        instead: `return epoch > 0`,
      },
    ],
  },
]
