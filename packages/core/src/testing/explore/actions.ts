import type { Deed } from './machine.ts'

/** What can happen in a world. The argument is a position: of a message, a node, or a link. */
const KINDS = [
  'tick',
  'deliver',
  'set-aside',
  'deliver-late',
  'persist',
  'answer',
  'crash',
  'crash-written',
  'restart',
  'bounce',
  'bounce-written',
  'freeze',
  'thaw',
  'cut',
  'split',
  'isolate',
  'mend',
  'move',
  'give-up',
] as const
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
export function isDeed(kind: Kind): kind is Exclude<Kind & Deed, 'tick'> {
  return !['tick', 'deliver', 'set-aside', 'deliver-late', 'cut', 'split', 'isolate', 'mend'].includes(kind)
}
