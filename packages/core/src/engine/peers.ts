import { isSame } from '../lease/leases.ts'
import type { Beat, Echo, GroupId, Holding, Incarnation, Instant, NodeId } from '../model/index.ts'

/** The newest beat of a node and what this node concluded when it heard it. */
export interface PeerView {
  readonly beat: Beat
  readonly heardAt: Instant
  /** Groups denied when that beat was heard. */
  readonly denied: readonly GroupId[]
}

/** Who was heard, when, and saying what. Only newest beats of newest lives are kept. */
export class Peers {
  private views = new Map<NodeId, PeerView>()

  get(node: NodeId): PeerView | undefined {
    return this.views.get(node)
  }
  all(): IterableIterator<PeerView> {
    return this.views.values()
  }
  /** A beat that is not newer than the newest heard from that life, or is of an earlier life, is ignored. */
  isNews(beat: Beat): boolean {
    const known = this.views.get(beat.from)?.beat
    if (known === undefined) return true
    if (isSame(known.incarnation, beat.incarnation)) return beat.sentAt > known.sentAt
    return known.incarnation.dataId !== beat.incarnation.dataId || beat.incarnation.generation > known.incarnation.generation
  }
  /** Forgets nodes that left: should one come back, it may be with another data folder. */
  keep(nodes: readonly NodeId[]): void {
    for (const node of this.views.keys()) if (!nodes.includes(node)) this.views.delete(node)
  }
  /** Returns what was known before. */
  set(view: PeerView): PeerView | undefined {
    const before = this.views.get(view.beat.from)
    this.views.set(view.beat.from, view)
    return before
  }
  /** Is this the life of the sender that was heard last, or a later one? */
  isCurrent(from: NodeId, incarnation: Incarnation): boolean {
    const known = this.views.get(from)?.beat.incarnation
    return known === undefined || known.dataId !== incarnation.dataId || incarnation.generation >= known.generation
  }
  echoes(except: NodeId, now: Instant, maxAgeMs: number): readonly Echo[] {
    const echoes: Echo[] = []
    for (const { beat, heardAt, denied } of this.views.values()) {
      if (beat.from === except || now - heardAt > maxAgeMs) continue
      echoes.push({ node: beat.from, incarnation: beat.incarnation, sentAt: beat.sentAt, denied })
    }
    return echoes
  }
}

/**
 * A beat lists what its sender wants to serve, and what it is stopping in good order: nobody else should start that yet. A group that it
 * is letting go otherwise is only reported.
 */
export function isListed({ state }: Holding): boolean {
  return state === 'claiming' || state === 'active' || state === 'stopping'
}

/** Apart from the time and the echoes, which differ from beat to beat. What is the same object needs no comparing, and most of it is. */
export function saysTheSame(before: Beat | undefined, beat: Beat): boolean {
  if (before === undefined) return false
  const keys = ['incarnation', 'term', 'coordinator', 'matched', 'commit', 'holds', 'released', 'promises'] as const
  const reported = ['fitness', 'leaving', 'moved'] as const
  return keys.every((key) => isEqual(before[key], beat[key])) && reported.every((key) => isEqual(before.report[key], beat.report[key]))
}

function isEqual(one: unknown, other: unknown): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other)
}
