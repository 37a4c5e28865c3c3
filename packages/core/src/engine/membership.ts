import type { Beat, Incarnation, Message } from '../model/index.ts'
import type { Brain } from './brain.ts'

/** What a node takes from somebody that its own configuration, which may be an old one, does not know. */
const FROM_STRANGERS: ReadonlySet<Message['type']> = new Set(['append', 'install-snapshot', 'vote-request'])

/** Of more strangers than this nothing is told any more. */
const MOST_REFUSED = 100

/**
 * Is the sender a member, with the data folder that the cluster knows, in its newest life? An emptied folder is not the
 * old voter, and a folder put back from an older copy shows a generation that was surpassed (DESIGN §2.7).
 */
export function isMember(brain: Brain, message: Message): boolean {
  const { from, incarnation } = message
  if (from === brain.self) return false
  const isKnown = brain.state.spec.nodes.some(({ id }) => id === from) || brain.raft.view.log.spec.spec.nodes.some(({ id }) => id === from)
  // A coordinator that this node's old configuration does not know may tell it of a newer one, and may need its vote before (thesis 4.1).
  if (!isKnown && !FROM_STRANGERS.has(message.type)) return false
  // After a restart what is in the log may be committed long since: an emptied folder must not vote before that is known again.
  const bindings = [brain.state.bindings[from], brain.raft.view.log.bindingOf(from)]
  if (bindings.some((bound) => bound !== undefined && !continues(incarnation, bound))) return false
  return brain.peers.isCurrent(from, incarnation)
}

/** Nodes that were started first with different configurations elect nobody, and stand there for ever if nobody says why. */
export function explainRefusedFounder(brain: Brain, message: Message): void {
  const { from } = message
  const isRefused = message.type === 'vote-request' && brain.raft.view.coordinator === null && !brain.raft.mayFound(message)
  if (!isRefused || brain.refused.has(from) || brain.refused.size > MOST_REFUSED) return
  brain.refused.add(from)
  const why = `${from} knows nothing of a cluster yet, and the configuration of this node does not name it as a voter: compare their cluster.yaml`
  brain.emit({ type: 'event', event: { type: 'refused', what: `a vote for ${from}`, why } })
}

/** Is this the bound folder, in that life or a later one? */
function continues(incarnation: Incarnation, bound: Incarnation): boolean {
  return incarnation.dataId === bound.dataId && incarnation.generation >= bound.generation
}

/** Tells once why a sender is not listened to; a later life of this very folder means that this is a stale copy. */
export function onStranger(brain: Brain, message: Message): void {
  const { from, incarnation } = message
  if (from === brain.self && incarnation.dataId === brain.incarnation.dataId) {
    if (incarnation.generation <= brain.incarnation.generation) return
    brain.emit({
      type: 'fatal',
      code: 'STALE_DATA',
      message: `a later life (start ${incarnation.generation}) of this data folder is running elsewhere`,
    })
    return
  }
  const bound = brain.raft.view.log.bindingOf(from)
  if (bound?.dataId === incarnation.dataId && bound.generation > incarnation.generation) brain.surpassed.set(from, bound)
  const key = `${from} ${incarnation.dataId} ${incarnation.generation}`
  if (brain.refused.has(key) || brain.refused.size > MOST_REFUSED) return
  brain.refused.add(key)
  const why =
    bound === undefined
      ? 'not a member'
      : `its data folder ${incarnation.dataId} (start ${incarnation.generation}) is not the member's ${bound.dataId} (start ${bound.generation})`
  brain.emit({ type: 'event', event: { type: 'refused', what: `messages from ${from}`, why } })
}

/**
 * Is this data folder the one that the cluster knows, and no older copy of it? Ends the node if not. A new member that is
 * catching up passes the bindings of the past, which mean nothing yet.
 */
export function checkOwnFolder(brain: Brain): void {
  const { bindings } = brain.state
  const { toldCommit } = brain.raft.view
  if (bindings === brain.checkedBindings || brain.applied < toldCommit) return
  // Before a coordinator has named a commit in this life, nothing tells how old is what this disk says.
  if (toldCommit === 0 && !brain.raft.isCoordinator) return
  brain.checkedBindings = bindings
  const bound = bindings[brain.self]
  const { dataId, generation } = brain.incarnation
  if (bound === undefined) return
  if (bound.dataId !== dataId) {
    const message = `another data folder (${bound.dataId}) is the member ${brain.self}; this one (${dataId}) is not: put the old folder back, or see "A lost data folder" in docs/operations.md`
    brain.emit({ type: 'fatal', code: 'FOREIGN_DATA', message })
  } else if (bound.generation > generation) {
    brain.emit({ type: 'fatal', code: 'STALE_DATA', message: olderCopy(bound.generation, generation) })
  }
}

/** An older copy is refused by its peers and so never learns it from the log: their echoes tell it. */
export function checkEchoes(brain: Brain, beat: Beat): void {
  const { dataId, generation } = brain.incarnation
  const echo = beat.echoes.find(({ node, incarnation }) => node === brain.self && incarnation.dataId === dataId)
  if (echo === undefined || echo.incarnation.generation <= generation) return
  brain.emit({ type: 'fatal', code: 'STALE_DATA', message: olderCopy(echo.incarnation.generation, generation) })
}

function olderCopy(seen: number, own: number): string {
  return `this data folder is an older copy: the cluster has seen its start ${seen}, this is start ${own}`
}
