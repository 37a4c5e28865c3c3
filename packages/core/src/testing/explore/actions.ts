import { DEEDS } from './machine.ts'
import type { Deed } from './machine.ts'

/** What can happen in a world: a deed of one machine, or something that befalls messages and links. The argument says to which. */
const KINDS = [...DEEDS, 'deliver', 'set-aside', 'deliver-late', 'cut', 'split', 'isolate', 'mend'] as const
export type Kind = (typeof KINDS)[number]

/** One number: kind and argument. */
export type Action = number

const ARGUMENTS = 64

export function actionOf(kind: Kind, argument = 0): Action {
  return KINDS.indexOf(kind) * ARGUMENTS + argument
}
export function kindOf(action: Action): Kind {
  return KINDS[Math.floor(action / ARGUMENTS)] as Kind
}
export function argumentOf(action: Action): number {
  return action % ARGUMENTS
}

/** Kinds that are the deed of one machine alone; a tick is one of them all. */
export function isDeed(kind: Kind): kind is Exclude<Deed, 'tick'> {
  return kind !== 'tick' && KINDS.indexOf(kind) < DEEDS.length
}
