import type { Fitness, FitnessLevel, GroupId } from '../model/index.ts'

/** Where everything that knows something of this node's fitness says so, each part for itself. */
export interface FitnessBoard {
  /** The place of one part. What it says of a group replaces what it said of it before. */
  from(source: string): (group: GroupId, fitness: Fitness) => void
}

/** Every beat carries them. */
const reasonsMax = 64

const worstFirst: readonly FitnessLevel[] = ['unfit', 'keep', 'fit']

/**
 * Tells the fitness of this node for a group when what the parts say of it, taken together, has changed: the worst level, and all reasons.
 * Nothing but that it is unfit is told before `awaited` has spoken of the group.
 */
export function createFitnessBoard(awaited: string, onFitness: (group: GroupId, fitness: Fitness) => void): FitnessBoard {
  const said = new Map<GroupId, Map<string, Fitness>>()
  const told = new Map<GroupId, string>()
  return {
    from: (source) => (group, fitness) => {
      const all = said.get(group) ?? new Map<string, Fitness>()
      said.set(group, all.set(source, fitness))
      const merged = merge([...all.values()])
      const text = JSON.stringify(merged)
      if (told.get(group) === text || (!all.has(awaited) && merged.level !== 'unfit')) return
      told.set(group, text)
      onFitness(group, merged)
    },
  }
}

function merge(all: readonly Fitness[]): Fitness {
  const level = worstFirst.find((one) => all.some((fitness) => fitness.level === one)) ?? 'fit'
  const reasons = all.flatMap((fitness) => fitness.reasons)
  if (reasons.length <= reasonsMax) return { level, reasons }
  return { level, reasons: [...reasons.slice(0, reasonsMax), `and ${reasons.length - reasonsMax} more`] }
}
