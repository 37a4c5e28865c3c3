import type { Message } from '../model/index.ts'
import type { Brain } from './brain.ts'

/**
 * Is the sender a member, with the data folder that the cluster knows, in its newest life? An emptied folder is not the
 * old voter, and a folder put back from an older copy shows a generation that was surpassed (DESIGN §2.7).
 */
export function isMember(brain: Brain, message: Message): boolean {
  const { from, incarnation } = message
  if (from === brain.self) return false
  const isKnown = brain.state.spec.nodes.some(({ id }) => id === from) || brain.raft.view.log.spec.spec.nodes.some(({ id }) => id === from)
  // Only a coordinator that this node's old configuration does not know may tell it of a newer one.
  if (!isKnown && message.type !== 'append' && message.type !== 'install-snapshot') return false
  const bound = brain.state.bindings[from]
  if (bound !== undefined && (bound.dataId !== incarnation.dataId || incarnation.generation < bound.generation)) return false
  return brain.peers.isCurrent(from, incarnation)
}

/** Tells once why a sender is not listened to; a later life of this very folder means that this is a stale copy. */
export function onStranger(brain: Brain, message: Message): void {
  const { from, incarnation } = message
  if (from === brain.self && incarnation.dataId === brain.incarnation.dataId) {
    if (incarnation.generation <= brain.incarnation.generation) return
    brain.emit({ type: 'fatal', code: 'STALE_DATA', message: `a later life (start ${incarnation.generation}) of this data folder is running elsewhere` })
    return
  }
  const key = `${from} ${incarnation.dataId} ${incarnation.generation}`
  if (brain.refused.has(key) || brain.refused.size > 100) return
  brain.refused.add(key)
  const bound = brain.state.bindings[from]
  const why = bound === undefined ? 'not a member' : `its data folder ${incarnation.dataId} (start ${incarnation.generation}) is not the member's ${bound.dataId} (start ${bound.generation})`
  brain.emit({ type: 'event', event: { type: 'refused', what: `messages from ${from}`, why } })
}
