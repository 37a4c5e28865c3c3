import { longestServiceMs } from '../model/index.ts'
import type { Beat, Entry, Instant, Message, Snapshot } from '../model/index.ts'
import { handOver } from './adoption.ts'
import { applyEntry, fingerprint } from './apply.ts'
import { makeBeat } from './beat.ts'
import { Brain } from './brain.ts'
import { hear } from './hearing.ts'
import { giveUp, letGoOfCommitted } from './letting-go.ts'
import { checkEchoes, checkOwnFolder, explainRefusedFounder, isMember, onStranger } from './membership.ts'
import { onReply, onRequest, onRequestMessage, expireRequests } from './requests.ts'
import { noteConfiguration, noteEnded, noteExpected, noteQuorum, noteRole, noteSilence } from './noticing.ts'
import { noteOwn } from './own-news.ts'
import { beatDueAt, beginBeat, beginCoordination, coordinationDueAt, noteInput, waitsUntil } from './pace.ts'
import { saysTheSame } from './peers.ts'
import { statusOf } from './status.ts'
import { proceedToStop, stepAside } from './stopping.ts'
import { clearedEvent } from './suspects.ts'
import type { Engine, EngineOptions, Input } from './types.ts'

/**
 * A follower beats in step: when it hears its coordinator's beat, if its own last one is at least so many periods old. So all beats of one
 * period meet, and every node wakes up once for all of them. Out of step it beats by itself, first after some patience: so little of a lease
 * that one lost beat of the coordinator costs no lease.
 */
const STEP_AFTER = 0.5
const PATIENCE = 2
const PATIENCE_LEASES = 1 / 4

/** One node's brain: Raft, promises, leases and placement behind a single `step`. */
export function createEngine(options: EngineOptions): Engine {
  return engineOf(new Brain(options))
}

/** The engine that goes on from a state. */
export function engineOf(brain: Brain): Engine {
  return {
    step(input) {
      if (brain.stopped) return []
      step(brain, input)
      return brain.effects.splice(0)
    },
    status: (now) => statusOf(brain, now),
    state: () => brain.state,
    handOver: (now) => handOver(brain, now),
  }
}

function step(brain: Brain, input: Input): void {
  const { now } = input
  // A node that was itself late judges nobody by silence before it has heard what is waiting.
  if (now > brain.wakeAt + brain.state.spec.timing.heartbeatMs) brain.raft.excuseSilence(now)
  noteInput(brain, input)
  if (brain.promises.expire(now)) {
    brain.coordinationDue = true
    brain.beatDue = true
    brain.raft.onPromiseVoid(now)
  }
  take(brain, input)
  const waitsFor = waitsUntil(brain, input)
  if (waitsFor !== null) return wakeBy(brain, waitsFor)
  brain.raft.tick(now)
  conclude(brain, now)
}

/** The wake that was asked for last stands, unless it would be too late. */
function wakeBy(brain: Brain, at: Instant): void {
  if (at >= brain.wakeAt) return
  brain.wakeAt = at
  brain.emit({ type: 'wake', at })
}

function take(brain: Brain, input: Input): void {
  const { now } = input
  switch (input.type) {
    case 'wake':
      return
    case 'message':
      return onMessage(brain, input.message, now)
    case 'persisted':
      return onInstalled(brain, brain.raft.onPersisted(input.id, now))
    case 'storage':
      brain.storageFailing = input.failing
      brain.beatDue = true
      return brain.raft.onDisk(input.failing !== null, now)
    case 'released':
      return onReleased(brain, input.epoch, now)
    case 'holding':
      if (brain.holdings.onHolding(input.epoch, input.state)) brain.beatDue = true
      return
    case 'progress':
      return brain.reports.note(input.epoch, input.step, input.why ?? '', now)
    case 'swept':
      brain.holdings.swept = true
      hearOwnWords(brain)
      brain.beatDue = true
      return
    case 'fitness':
    case 'position':
    case 'unreached':
    case 'lateness':
    case 'wall-clock':
    case 'windows':
      return noteOwn(brain, input)
    case 'request':
      return onRequest(brain, input.id, input.request, now)
    case 'configure': {
      const refused = brain.coordination.configure(input.spec, now)
      return brain.emit({ type: 'configured', id: input.id, refused })
    }
    case 'release-all':
      brain.holdings.givenUp = true
      brain.beatDue = true
      return
    case 'step-aside':
      return stepAside(brain, now)
    case 'stop':
      brain.leavingUntil ??= now + 3 * brain.state.spec.timing.leaseMs + longestServiceMs(brain.state.spec)
      brain.beatDue = true
  }
}

function onMessage(brain: Brain, message: Message, now: Instant): void {
  if (!isMember(brain, message)) return onStranger(brain, message)
  explainRefusedFounder(brain, message)
  if (message.type === 'beat') onBeat(brain, message, now)
  else if (message.type === 'request') onRequestMessage(brain, message, now)
  else if (message.type === 'reply') onReply(brain, message)
  else brain.raft.onMessage(message, now)
}

function onBeat(brain: Brain, beat: Beat, now: Instant): void {
  if (!brain.peers.isNews(beat)) return
  const known = brain.peers.get(beat.from)
  if (known === undefined || brain.silent.delete(beat.from)) {
    const why = known === undefined ? 'for the first time' : `after ${Math.round(now - known.heardAt)} ms`
    brain.emit({ type: 'event', event: { type: 'member', node: beat.from, state: 'heard', why } })
  }
  checkEchoes(brain, beat)
  brain.raft.onBeat(beat, now)
  const { urgent, voided } = hear(brain, beat, now)
  if (urgent && brain.raft.isVoter) brain.beatDue = true
  if (voided) brain.raft.onPromiseVoid(now)
  if (isForCoordinator(brain, known?.beat, beat) || voided) brain.coordinationDue = true
  if (beat.coordinator !== beat.from || beat.term !== brain.raft.view.term) return
  brain.inStep = true
  noteConfiguration(brain, beat.report.configHash, now)
  if (now - brain.beatAt >= STEP_AFTER * brain.state.spec.timing.heartbeatMs) brain.beatDue = true
  for (const { epoch } of beat.asks) brain.emit(...brain.holdings.drop(epoch, 'asked', now))
}

/** Only a coordinator has to look closer at once; comparing costs. */
function isForCoordinator({ raft, coordinationDue }: Brain, before: Beat | undefined, beat: Beat): boolean {
  return raft.isCoordinator && !coordinationDue && !saysTheSame(before, beat)
}

function onReleased(brain: Brain, epoch: number, now: Instant): void {
  const effects = brain.holdings.onReleased(epoch, now)
  if (effects === null) return
  brain.emit(...effects)
  hearOwnWords(brain)
  brain.raft.onPromiseVoid(now)
  brain.beatDue = true
}

/** A node's own words of release are heard by itself first. */
function hearOwnWords(brain: Brain): void {
  for (const word of brain.holdings.releasedWords(brain.raft.view.log)) brain.promises.release({ ...word, node: brain.self })
}

function onInstalled(brain: Brain, snapshot: Snapshot | null): void {
  if (snapshot === null) return
  brain.state = snapshot.state
  brain.applied = snapshot.index
  afterSpec(brain)
}

function afterSpec(brain: Brain): void {
  brain.configHash = fingerprint(brain.state.spec)
  brain.peers.keep(brain.state.spec.nodes.map(({ id }) => id))
  brain.specDue = true
}

/** After every lease of the step: a runner that hears of something else first could find a lease ended which was prolonged. */
function tellSpec(brain: Brain): void {
  if (!brain.specDue) return
  brain.specDue = false
  brain.emit({ type: 'spec', spec: brain.state.spec })
}

/** Applies what is committed, lets coordinator and holder act on it, and says what has changed. */
function conclude(brain: Brain, now: Instant): void {
  const { raft, holdings, coordination } = brain
  const commitBefore = brain.lastBeat?.commit ?? 0
  applyCommitted(brain, now)
  const change = raft.takeChange()
  if (change !== null) noteRole(brain, change)
  if (raft.isCoordinator && now >= coordinationDueAt(brain)) {
    if (coordination.run(now, beginCoordination(brain, now))) brain.beatDue = true
    for (const { epoch } of coordination.asks) brain.emit(...holdings.drop(epoch, 'asked', now))
    applyCommitted(brain, now)
  }
  if (raft.isCoordinator && raft.view.quorumCommit > commitBefore) brain.beatDue = true
  checkOwnFolder(brain)
  holdings.applied(brain.state, now)
  if (holdings.givenUp) giveUp(brain, now)
  settle(brain, now)
  const expected = holdings.expect(raft.view.log, brain.applied)
  noteExpected(brain, expected, now)
  brain.emit(...expected)
  expireRequests(brain, now)
  proceedToStop(brain, now)
  noteQuorum(brain, now)
  if (now >= beatDueAt(brain)) beat(brain, now)
  else brain.emit(...brain.raft.takeEffects())
  tellSpec(brain)
  if (brain.stopped) return brain.emit({ type: 'stopped' })
  const wakeAt = Math.max(now, Math.min(coordinationDueAt(brain), raft.nextWake(), brain.promises.noneEndsBefore, holdings.nextEnd()))
  brain.wakeAt = wakeAt
  return brain.emit({ type: 'wake', at: wakeAt })
}

/** Leases, and what ends them. What is listed or released anew is worth a beat. */
function settle(brain: Brain, now: Instant): void {
  const effects = [...brain.holdings.settle(brain.state, now), ...letGoOfCommitted(brain, now)]
  brain.emit(...effects)
  if (effects.some(({ type }) => type === 'drop' || type === 'event')) brain.beatDue = true
  if (!brain.holdings.areAll(brain.lastBeat?.holds ?? [])) brain.beatDue = true
}

/** Says everything, hears itself, and counts what that yields. Persisting comes before sending. */
function beat(brain: Brain, now: Instant): void {
  brain.emit(...brain.raft.takeEffects())
  beginBeat(brain, now)
  const own = makeBeat(brain, now)
  brain.beatAt = now
  const { heartbeatMs, leaseMs } = brain.state.spec.timing
  const patienceMs = Math.max(heartbeatMs, Math.min(PATIENCE * heartbeatMs, PATIENCE_LEASES * leaseMs))
  brain.nextBeatAt = now + (brain.inStep ? patienceMs : heartbeatMs)
  brain.inStep = false
  noteSilence(brain, now)
  if (hear(brain, own, now).voided) brain.raft.onPromiseVoid(now)
  brain.emit({ type: 'send', to: 'all', message: own })
  brain.emit(...brain.raft.takeEffects())
  brain.emit(...brain.holdings.settle(brain.state, now))
}

function applyCommitted(brain: Brain, now: Instant): void {
  const { raft } = brain
  if (raft.view.installing !== null) return
  const fresh = new WeakSet()
  while (brain.applied < raft.view.commit) {
    const entry = raft.view.log.at(brain.applied + 1)
    if (entry === undefined) throw new Error(`invariant: committed entry ${brain.applied + 1} is not in the log`)
    apply(brain, entry, fresh, now)
  }
  if (brain.applied - raft.view.log.base >= brain.compactAfter) {
    raft.compact({ index: brain.applied, term: raft.view.log.termAt(brain.applied) ?? 0, state: brain.state })
  }
}

function apply(brain: Brain, entry: Entry, fresh: WeakSet<object>, now: Instant): void {
  const { body } = entry
  const previous = body.type === 'assign' ? (brain.state.assignments[body.group]?.node ?? null) : null
  brain.state = applyEntry(brain.state, entry, fresh)
  brain.applied = entry.index
  if (body.type === 'moved') noteEnded(brain, body.reports)
  if (body.type === 'cluster') afterSpec(brain)
  if (body.type === 'cleared') brain.emit(clearedEvent(body))
  if (body.type === 'assign') {
    const { group, node, cause } = body
    if (node === brain.self && body.at !== undefined) brain.reports.agree(group, entry.index, now)
    brain.promises.forgetReleasesBefore(group, entry.index)
    brain.emit({ type: 'event', event: { type: 'assigned', group, node, previous, epoch: entry.index, cause } })
  }
}
