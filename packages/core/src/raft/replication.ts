import type { Append, AppendAnswer, Beat, Entry, EntryBody, Index, InstallSnapshot, Instant, NodeId, Snapshot } from '../model/index.ts'
import { becomeFollower, heardCoordinator } from './role.ts'
import { foldAssignment } from './log.ts'
import { hardState, hasQuorum, logEnd, newProgress, timingOf, voters } from './state.ts'
import type { Progress, RaftState } from './state.ts'

/** Entries in one message, and configurations among them, which may be long: bounds its size; the rest follows on the answer. */
const ENTRIES_PER_MESSAGE = 256
const CONFIGURATIONS_PER_MESSAGE = 4

/** Appends to the coordinator's own log. null: a promise of this node forbids it now. Else the entry's index. */
export function proposeOwn(state: RaftState, body: EntryBody, now: Instant): Index | null {
  const entry: Entry = { index: state.log.lastIndex + 1, term: state.term, body }
  if (state.admit(entry, state.log.latest, now) !== null) return null
  state.log.append(entry)
  state.matched = entry.index
  state.out.persist({ entries: [entry] }, logEnd(state))
  return entry.index
}

/** Sends everybody what is missing there. A coordinator need not wait for its own disk to do so. */
export function broadcastAppends(state: RaftState, now: Instant): void {
  const { nodes } = state.log.spec.spec
  // Should a node that left come back, it may be with an empty disk: what its old one had acknowledged counts no more.
  for (const id of state.peers.keys()) if (!nodes.some((node) => node.id === id)) state.peers.delete(id)
  for (const { id } of nodes) {
    if (id === state.self) continue
    const progress = state.peers.get(id) ?? newProgress(state.log.lastIndex)
    state.peers.set(id, progress)
    if (progress.next <= state.log.lastIndex) sendAppend(state, id, progress, now)
  }
}

function sendAppend(state: RaftState, to: NodeId, progress: Progress, now: Instant): void {
  const { self, incarnation, term, log } = state
  progress.sentAt = now
  const prevIndex = progress.next - 1
  const prevTerm = log.termAt(prevIndex)
  // A node without any entry has the bootstrap state, which every log begins with: no snapshot is needed for it.
  if (prevTerm === undefined) {
    state.out.send(to, { type: 'install-snapshot', from: self, incarnation, to, term, snapshot: log.baseSnapshot })
    progress.next = log.base + 1
    return
  }
  const entries = upToConfigurations(log.slice(progress.next, ENTRIES_PER_MESSAGE))
  state.out.send(to, { type: 'append', from: self, incarnation, to, term, prevIndex, prevTerm, entries, commit: state.quorumCommit })
  progress.next += entries.length
}

function upToConfigurations(entries: readonly Entry[]): readonly Entry[] {
  let left = CONFIGURATIONS_PER_MESSAGE
  const end = entries.findIndex(({ body }) => body.type === 'cluster' && left-- === 0)
  return end < 0 ? entries : entries.slice(0, end)
}

export function onAppend(state: RaftState, message: Append, now: Instant): void {
  if (followSender(state, message, now) && state.installing === null) takeEntries(state, message, now)
}

/** Only the coordinator of a term sends these: follows it, unless its term is over, which it is told. */
function followSender(state: RaftState, { from, term }: Append | InstallSnapshot, now: Instant): boolean {
  if (term < state.term) {
    answer(state, from, { ok: false, index: 0 })
    return false
  }
  if (term > state.term || state.role !== 'follower' || state.coordinator !== from)
    becomeFollower(state, term, from, now, `${from} coordinates`)
  heardCoordinator(state, now)
  return true
}

/** Takes up a message, or a held one again, as far as it matches and the promises allow. */
function takeEntries(state: RaftState, message: Append, now: Instant): void {
  const { log } = state
  state.held = null
  const known = log.termAt(message.prevIndex)
  if (message.prevIndex > log.base && known !== message.prevTerm) {
    answer(state, message.from, { ok: false, index: conflictHint(state, message.prevIndex) })
    return
  }
  // Entries that a snapshot covers are committed, hence equal; the first other one counts.
  const fresh = message.entries.filter((entry) => entry.index > log.base && log.termAt(entry.index) !== entry.term)
  const first = fresh[0]
  const last = message.prevIndex + message.entries.length
  if (first === undefined) {
    matchedUpTo(state, Math.max(last, log.base), message)
    return
  }
  const { admitted, until } = judge(state, fresh, now)
  if (until !== null) state.held = { message, until }
  if (admitted.length === 0) {
    matchedUpTo(state, first.index - 1, message)
    return
  }
  const cutFrom = first.index <= log.lastIndex ? first.index : undefined
  if (cutFrom !== undefined) {
    if (cutFrom <= state.quorumCommit) throw new Error(`invariant: committed entry ${cutFrom} would be cut off by ${message.from}`)
    log.cutFrom(cutFrom)
    state.durable = Math.min(state.durable, cutFrom - 1)
  }
  for (const entry of admitted) log.append(entry)
  state.out.persist({ ...(cutFrom === undefined ? {} : { cutFrom }), entries: admitted }, logEnd(state))
  matchedUpTo(state, log.lastIndex, message)
}

/** The entries that may be appended now, each judged against the log which those before it leave. */
function judge(
  state: RaftState,
  fresh: readonly Entry[],
  now: Instant,
): { readonly admitted: readonly Entry[]; readonly until: Instant | null } {
  const firstIndex = fresh[0]?.index ?? 0
  const before = state.log.latestAt(firstIndex - 1)
  for (const [position, entry] of fresh.entries()) {
    const until = state.admit(entry, before, now)
    if (until !== null) return { admitted: fresh.slice(0, position), until }
    foldAssignment(before, entry)
  }
  return { admitted: fresh, until: null }
}

/** Skips the whole term that does not fit, so that one message a term is enough (Raft 5.3). */
function conflictHint(state: RaftState, prevIndex: Index): Index {
  const { log } = state
  if (prevIndex > log.lastIndex) return log.lastIndex
  const term = log.termAt(prevIndex)
  let index = prevIndex - 1
  while (index > state.commit && log.termAt(index) === term) index -= 1
  return index
}

function matchedUpTo(state: RaftState, index: Index, message: Append): void {
  state.matched = Math.max(state.matched, index)
  answer(state, message.from, { ok: true, index })
  followCommit(state, message.commit)
}

function answer(state: RaftState, to: NodeId, what: { readonly ok: boolean; readonly index: Index }): void {
  const { self, incarnation, term } = state
  state.out.sendDurable(to, { type: 'append-answer', from: self, incarnation, to, term, ...what }, term)
}

/** The coordinator's commit index counts as far as the log is matched against it, and is on this disk. */
export function followCommit(state: RaftState, commit: Index): void {
  state.toldCommit = Math.max(state.toldCommit, commit)
  state.quorumCommit = Math.max(state.quorumCommit, Math.min(commit, state.matched))
  state.commit = Math.max(state.commit, Math.min(state.quorumCommit, state.durable))
}

/** Judges the held message again: a promise has ended, or a word of release was heard. */
export function retryHeld(state: RaftState, now: Instant): void {
  const { held } = state
  if (held === null || held.message.term !== state.term || state.role !== 'follower' || state.installing !== null) return
  takeEntries(state, held.message, now)
}

export function onAppendAnswer(state: RaftState, message: AppendAnswer, now: Instant): void {
  if (message.term > state.term) {
    becomeFollower(state, message.term, null, now, `${message.from} is in a later term`)
    return
  }
  const progress = state.peers.get(message.from)
  if (state.role !== 'coordinator' || message.term !== state.term || progress === undefined) return
  if (message.ok) {
    noteMatch(state, progress, message.index)
  } else {
    const next = Math.max(progress.match + 1, Math.min(progress.next - 1, message.index + 1))
    // An answer that leads nowhere is old. The next beat tells how far the node is.
    if (next >= progress.next || deniesTooSoon(state, progress, message.index, now)) return
    progress.next = next
  }
  if (progress.next <= state.log.lastIndex) sendAppend(state, message.from, progress, now)
}

/**
 * A node that lost what it had acknowledged denies whatever is sent after that. To answer each denial at once would be a storm without end:
 * nothing is sent again below what it acknowledged.
 */
function deniesTooSoon(state: RaftState, progress: Progress, index: Index, now: Instant): boolean {
  if (index >= progress.match) return false
  if (now - progress.deniedAt < timingOf(state).heartbeatMs / 2) return true
  progress.deniedAt = now
  return false
}

function noteMatch(state: RaftState, progress: Progress, index: Index): void {
  if (index <= progress.match) return
  progress.match = index
  progress.next = Math.max(progress.next, index + 1)
  advanceCommit(state)
}

/** Every beat tells how far its sender is: what got lost on the way is sent again. */
export function onFollowerBeat(state: RaftState, beat: Beat, now: Instant): void {
  const progress = state.peers.get(beat.from)
  if (progress === undefined || beat.coordinator !== state.self || beat.term !== state.term) return
  noteMatch(state, progress, beat.matched)
  if (beat.matched < state.log.lastIndex && now - progress.sentAt >= timingOf(state).heartbeatMs / 2) {
    progress.next = beat.matched + 1
    sendAppend(state, beat.from, progress, now)
  }
}

/** An entry of the own term that a quorum has on disk is committed, and all before it (Raft 5.4.2). */
export function advanceCommit(state: RaftState): void {
  if (state.role !== 'coordinator') return
  const matches = voters(state).map((node) => (node === state.self ? state.durable : (state.peers.get(node)?.match ?? 0)))
  for (const index of matches.toSorted((a, b) => b - a)) {
    if (index <= state.quorumCommit) break
    if (!hasQuorum(state, (node) => (node === state.self ? state.durable : (state.peers.get(node)?.match ?? 0)) >= index)) continue
    if (state.log.termAt(index) === state.term) state.quorumCommit = index
    break
  }
  state.commit = Math.max(state.commit, Math.min(state.quorumCommit, state.durable))
}

export function onInstallSnapshot(state: RaftState, message: InstallSnapshot, now: Instant): void {
  const { from, snapshot } = message
  if (!followSender(state, message, now) || state.installing !== null) return
  state.held = null
  if (snapshot.index <= state.commit) {
    answer(state, from, { ok: true, index: state.commit })
    return
  }
  const keepsTail = state.log.termAt(snapshot.index) === snapshot.term
  const firstIndex = state.log.base + 1
  state.log.rebase(snapshot)
  if (!keepsTail) {
    state.durable = state.commit
    state.matched = state.commit
  }
  const parts = { hard: hardState(state), snapshot, ...(keepsTail ? { compactTo: snapshot.index } : { cutFrom: firstIndex }) }
  state.installing = { write: state.out.persist(parts, logEnd(state)), snapshot, from }
}

/** A snapshot is on disk before it is applied. Returns it when that moment has come. */
export function finishInstall(state: RaftState): Snapshot | null {
  const { installing } = state
  if (installing === null || !state.out.isDurable(installing.write)) return null
  const { snapshot } = installing
  state.installing = null
  state.durable = Math.max(state.durable, snapshot.index)
  state.commit = Math.max(state.commit, snapshot.index)
  state.quorumCommit = Math.max(state.quorumCommit, snapshot.index)
  state.matched = Math.max(state.matched, snapshot.index)
  if (state.coordinator !== null && state.role === 'follower') answer(state, state.coordinator, { ok: true, index: snapshot.index })
  return snapshot
}
