import type { Effect } from '../../../engine/types.ts'
import type { NodeId } from '../../../model/index.ts'
import { violate } from './violation.ts'

/** A life that has ended, by a crash or by its own word, does nothing any more. */
export class LivesCheck {
  readonly #running = new Map<NodeId, number>()

  began(node: NodeId, life: number): void {
    this.#running.set(node, life)
  }

  ended(node: NodeId): void {
    this.#running.delete(node)
  }

  /** An engine that says that it has ended wants nothing done after that. */
  stepped(node: NodeId, effects: readonly Effect[]): void {
    const end = effects.findIndex(({ type }) => type === 'stopped')
    const next = effects[end + 1]
    if (end >= 0 && next !== undefined) violate('no effect after close', `${node} wants "${next.type}" done after it has stopped`)
  }

  /** `life` of `node` is about to do something that others could notice. */
  does(node: NodeId, life: number, what: string): void {
    const running = this.#running.get(node)
    if (running === life) return
    const instead = running === undefined ? 'no life of it runs' : `its life ${running} runs`
    violate('no effect after close', `life ${life} of ${node} does "${what}" after its end: ${instead}`)
  }
}
