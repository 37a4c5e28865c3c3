import type { NodeId } from '../../model/index.ts'
import { compact, describe } from '../sim/describe.ts'
import { Timeline } from '../sim/timeline.ts'

/** A timeline for reading: what changes a node or leaves it, but not what repeats itself. */
export class Trace extends Timeline {
  readonly #fresh: string[] = []
  beats = false
  writes = false

  override get keepsAll(): boolean {
    return this.beats
  }

  override add(at: number, node: NodeId | '', what: string, detail: unknown = null): void {
    const text = this.#render(what, detail)
    if (text !== null) this.#fresh.push(`${at.toFixed(1).padStart(8)}  ${node.padEnd(2)} ${text}`.trimEnd())
  }

  /** What was added since the last call. */
  take(): string[] {
    return this.#fresh.splice(0)
  }

  #render(what: string, detail: unknown): string | null {
    if (what === 'hears' || what === 'learns' || what === 'FITNESS') return null
    if (what === 'does') return this.#effect(detail as { type?: string; event?: { type: string } })
    if (what === 'runner') {
      const effect = detail as { type: string; operation?: string; call?: number; state?: string }
      if (effect.type === 'holding') return `holding ${compact({ ...effect, type: '' }).trim()}`
      return effect.type === 'released' ? describe(detail) : null
    }
    return `${what.toLowerCase()} ${describe(detail)}`
  }

  #effect(effect: { type?: string; write?: unknown; event?: { type: string } }): string | null {
    if (effect.write !== undefined || effect.type === 'persist') return this.writes ? `writes ${describe(effect)}` : null
    switch (effect.type) {
      case 'spec':
      case 'wake':
      case 'expect':
        return null
      case 'beat':
        return this.beats ? describe(effect) : null
      case 'lease':
        return this.beats ? describe(effect) : null
      case 'event':
        return effect.event === undefined ? null : describeEvent(effect.event)
      default:
        return describe(effect)
    }
  }
}

function describeEvent(event: { readonly type: string }): string | null {
  if (event.type === 'member' || event.type === 'quorum') return null
  return `* ${compact(event)}`
}
