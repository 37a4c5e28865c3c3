/** What a fault of a chaos run is. */
import type { SeededRandom } from '@movip/core/testing/random'
import type { Heal } from '../scenarios.ts'
import type { Arena } from './arena.ts'

/** Where faults are made, as far as it must be known to choose whom they hit. */
export interface Field {
  readonly groups: readonly { readonly name: string }[]
  readonly cluster: { readonly daemons: readonly { readonly name: string }[] }
}

/** Whom a fault may hit. Each kind takes what it needs. */
export interface Target<F extends Field = Arena> {
  readonly node: F['cluster']['daemons'][number]
  /** Another node. */
  readonly other: F['cluster']['daemons'][number]
  readonly group: F['groups'][number]
  /** In [0, 1): what the kind makes of it is part of what this fault is. */
  readonly draw: number
  /** For what is drawn while it is made. */
  readonly random: SeededRandom
}

/** What a fault may cost at worst. What it cannot explain, it must not be an excuse for. */
export interface Reach {
  /** Nodes that may lose what they hold. */
  readonly nodes: readonly string[]
  /** Pairs of nodes that do not hear each other. */
  readonly pairs: readonly (readonly [string, string])[]
  /** Groups that it moves. */
  readonly groups: readonly string[]
}

/** Of a fault that no client may notice, not even a little. */
export const HARMLESS: Reach = { nodes: [], pairs: [], groups: [] }

export interface FaultKind<F extends Field = Arena> {
  readonly name: string
  /** How often it comes, in proportion. */
  readonly weight: number
  /** The shortest and the longest it stays; zeros: it is over at once. */
  readonly lengthMs: readonly [least: number, most: number]
  /** The node that serves the group, or this one; absent: whichever. */
  readonly at?: 'holder' | { readonly node: string }
  /** What it takes for itself: faults that would undo each other's work take the same. */
  takes(target: Target<F>): readonly string[]
  /** How long it keeps that after its end. */
  readonly restMs?: number
  reach(target: Target<F>): Reach
  /** What is done, for people. */
  title(target: Target<F>): string
  inject(arena: F, target: Target<F>): Promise<Heal>
}

/** Thrown when there was nothing left to spoil: what changed nothing must excuse nothing. */
export class NothingDone extends Error {}

/** A fault that was made. */
export interface FaultRun {
  readonly id: number
  readonly kind: string
  /** Where it was made. */
  readonly node: string
  readonly title: string
  readonly reach: Reach
  readonly from: number
  /** null while it lasts. */
  to: number | null
}

export const nothing: Heal = () => {}

/** A kind that hits one part of one node. */
export function atNode(
  part: 'process' | 'disk' | 'link',
  kind: Pick<FaultKind, 'name' | 'weight' | 'lengthMs' | 'inject'> & Partial<FaultKind> & { readonly what: string },
): FaultKind {
  return {
    takes: ({ node }) => [`${part} ${node.name}`],
    reach: ({ node }) => ({ ...HARMLESS, nodes: [node.name] }),
    title: ({ node }) => `${node.name}: ${kind.what}`,
    ...kind,
  }
}
