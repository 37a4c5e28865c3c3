import type { Leases } from '../lease/leases.ts'
import type { RaftLog } from '../raft/log.ts'
import type {
  ClusterSpec,
  ClusterState,
  DropCause,
  Epoch,
  Fitness,
  GroupId,
  HandedLease,
  Holding,
  HoldingState,
  Incarnation,
  Index,
  Instant,
  NodeId,
} from '../model/index.ts'
import { suspicionsOf } from './suspects.ts'
import type { Effect } from './types.ts'

/** "Released g at epoch e." */
interface Word {
  readonly group: GroupId
  readonly epoch: Epoch
}

/** What became of one assignment to this node. An epoch is the index of one entry, so it names the group, too. */
interface Fate {
  readonly group: GroupId
  readonly epoch: Epoch
  phase: 'wanted' | 'dropping' | 'released'
  state: HoldingState
  /** End of the lease told to the runner; -Infinity: it has had none. */
  until: Instant
  readonly since: Instant
  releasedAt: Instant
}

/**
 * An assignment under which no lease came about for so many leases is given back. A holder that votes would otherwise
 * go on promising the group to itself and so refuse the very entry that gives it to somebody else.
 */
const LEASELESS_LEASES = 2

/** A word of release is repeated for so long: until then a voter may still hold back the next assignment for a promise. */
const WORD_LEASES = 2

/** This node as a holder: what it may serve, until when, and what it has let go for good (DESIGN §2.3). */
export class Holdings {
  private readonly self: NodeId
  /** Epochs up to here belong to an earlier life and are never served in this one, but for those that it has handed over. */
  private readonly bootIndex: Index
  private readonly dataId: Incarnation['dataId']
  private readonly leases: Leases
  private fates = new Map<Epoch, Fate>()
  private fitness = new Map<GroupId, Fitness>()
  private expected = new Set<Epoch>()
  private appliedState: ClusterState | null = null
  private configured: { readonly spec: ClusterSpec; readonly groups: ReadonlySet<GroupId> } | null = null
  /** Endpoints of an earlier life were observed down. */
  swept = false
  /** An operator had this node give up everything for this life. */
  givenUp = false

  constructor(self: NodeId, { dataId }: Incarnation, bootIndex: Index, leases: Leases) {
    this.self = self
    this.dataId = dataId
    this.bootIndex = bootIndex
    this.leases = leases
  }

  /** Goes on serving what the former life has handed over, which had swept and left nothing else up. */
  adopt(handed: readonly HandedLease[], now: Instant): void {
    this.swept = true
    for (const { group, epoch, until } of handed)
      this.fates.set(epoch, { group, epoch, phase: 'wanted', state: 'active', until, since: now, releasedAt: Infinity })
  }
  /** All that this life has up, for the next one to go on with; or what is not at rest. */
  handOver(log: RaftLog, now: Instant): readonly HandedLease[] | string {
    if (this.givenUp) return 'an operator had it give up everything until its next start'
    if (!this.swept) return 'it is still cleaning up after its last life'
    const held = [...this.fates.values()].filter(({ phase }) => phase !== 'released')
    const unsettled = held.find(({ phase, state, until }) => phase !== 'wanted' || state !== 'active' || until <= now)
    if (unsettled !== undefined) return `${unsettled.group} is not at rest here: it is ${unsettled.state}`
    for (const [group, { node, epoch }] of log.latest)
      if (node === this.self && epoch > this.bootIndex && !this.fates.has(epoch)) return `${group} is on its way here`
    return held.map(({ group, epoch, until }) => ({ group, epoch, until }))
  }

  setFitness(group: GroupId, fitness: Fitness): boolean {
    const before = this.fitness.get(group)
    this.fitness.set(group, fitness)
    return before === undefined || before.level !== fitness.level || before.reasons.join() !== fitness.reasons.join()
  }
  fitnessOf(group: GroupId): Fitness {
    if (this.givenUp) return { level: 'unfit', reasons: ['an operator had it give up everything until its next start'] }
    const known = this.fitness.get(group)
    // What keeps it from cleaning up is more of a help than that it does.
    if (!this.swept) return known?.level === 'unfit' ? known : { level: 'keep', reasons: ['still cleaning up after its last life'] }
    return known ?? { level: 'keep', reasons: ['starting'] }
  }

  /** Entries that give groups to this node become holdings when they are applied (committed and on this disk). */
  applied(state: ClusterState, now: Instant): void {
    if (state !== this.appliedState) this.takeUp(state, now)
    this.appliedState = state
    for (const [epoch, { phase, group, releasedAt }] of this.fates) {
      if (phase !== 'released' || now - releasedAt <= WORD_LEASES * state.spec.timing.leaseMs) continue
      const current = state.assignments[group]
      if (current !== undefined && current.epoch > epoch) this.fates.delete(epoch)
    }
  }
  /** What was assigned before this data folder was bound was another's: this one hears of it when it is told the log from its beginning. */
  private takeUp(state: ClusterState, now: Instant): void {
    if (state.bindings[this.self]?.dataId !== this.dataId) return
    for (const [group, { node, epoch }] of Object.entries(state.assignments)) {
      if (node !== this.self || epoch <= this.bootIndex || this.fates.has(epoch)) continue
      this.fates.set(epoch, { group, epoch, phase: 'wanted', state: 'claiming', until: -Infinity, since: now, releasedAt: Infinity })
    }
  }

  /** Assignments to this node that are not yet committed: something to prepare for. */
  expect(log: RaftLog, applied: Index): readonly Effect[] {
    const effects: Effect[] = []
    if (log.lastIndex <= applied) return effects
    for (const [group, { node, epoch }] of log.latest) {
      if (node !== this.self || epoch <= applied || epoch <= this.bootIndex || this.expected.has(epoch)) continue
      this.expected.add(epoch)
      effects.push({ type: 'expect', group, epoch })
    }
    if (effects.length > 0) this.expected = new Set([...this.expected].filter((epoch) => epoch > applied))
    return effects
  }

  /** Extends what was echoed, ends what has run out or was taken away. */
  settle(state: ClusterState, now: Instant): readonly Effect[] {
    const effects: Effect[] = []
    const configured = this.groupsOf(state.spec)
    const leaseEndOf = this.leases.reckon()
    for (const fate of this.fates.values()) {
      if (fate.phase !== 'wanted') continue
      const { group, epoch } = fate
      const isAssigned = state.assignments[group]?.epoch === epoch && configured.has(group)
      if (!isAssigned) {
        effects.push(...this.drop(epoch, 'assigned-elsewhere', now))
        continue
      }
      if (fate.until !== -Infinity && fate.until <= now) {
        // Never prolonged: the runner lets go at the end that it was told, whatever was echoed since.
        effects.push(...this.drop(epoch, 'lease-ended', now))
        continue
      }
      const end = leaseEndOf(group, epoch)
      if (end > fate.until && end > now) {
        if (fate.until === -Infinity) effects.push({ type: 'event', event: { type: 'lease-started', group, epoch } })
        fate.until = end
        effects.push({ type: 'lease', group, epoch, until: end })
      } else if (fate.until === -Infinity && now - fate.since > LEASELESS_LEASES * state.spec.timing.leaseMs) {
        effects.push(...this.drop(epoch, 'never-leased', now))
      }
    }
    return effects
  }

  private groupsOf(spec: ClusterSpec): ReadonlySet<GroupId> {
    if (this.configured?.spec !== spec) this.configured = { spec, groups: new Set(spec.groups.map(({ id }) => id)) }
    return this.configured.groups
  }

  /** Lets go of one epoch for good. What never had a lease is released at once. */
  drop(epoch: Epoch, cause: DropCause, now: Instant): readonly Effect[] {
    const fate = this.fates.get(epoch)
    if (fate === undefined || fate.phase !== 'wanted') return []
    const { group } = fate
    fate.phase = fate.until === -Infinity ? 'released' : 'dropping'
    // The runner may have let go by itself and be further already.
    if (fate.state === 'claiming' || fate.state === 'active') fate.state = 'releasing'
    if (fate.phase === 'released') fate.releasedAt = now
    const event: Effect = { type: 'event', event: { type: 'dropped', group, epoch, cause } }
    return fate.phase === 'released' ? [event] : [event, { type: 'drop', group, epoch, cause }]
  }
  /** Lets go of whatever it has of a group under an older epoch than this one. */
  dropBefore(group: GroupId, epoch: Epoch, cause: DropCause, now: Instant): readonly Effect[] {
    const older = [...this.fates.values()].filter((fate) => fate.group === group && fate.epoch < epoch)
    return older.flatMap((fate) => this.drop(fate.epoch, cause, now))
  }
  dropAll(cause: DropCause, now: Instant): readonly Effect[] {
    return [...this.fates.values()].flatMap(({ epoch }) => this.drop(epoch, cause, now))
  }
  /**
   * The runner has taken every endpoint down; null: that is no news. It says so by itself about a lease that had ended when it
   * came to it, and says it once: nothing will come up under that epoch any more.
   */
  onReleased(epoch: Epoch, now: Instant): readonly Effect[] | null {
    const fate = this.fates.get(epoch)
    if (fate === undefined || fate.phase === 'released') return null
    const isUntold = fate.phase === 'wanted'
    fate.phase = 'released'
    fate.state = 'releasing'
    fate.releasedAt = now
    return isUntold ? [{ type: 'event', event: { type: 'dropped', group: fate.group, epoch, cause: 'lease-ended' } }] : []
  }
  onHolding(epoch: Epoch, state: HoldingState): boolean {
    const fate = this.fates.get(epoch)
    if (fate === undefined || fate.phase === 'released' || fate.state === state) return false
    if (fate.phase === 'dropping' && (state === 'claiming' || state === 'active')) return false
    fate.state = state
    return true
  }

  /** For the beat. */
  list(): readonly Holding[] {
    return [...this.fates.values()].filter(({ phase }) => phase !== 'released').map(({ group, epoch, state }) => ({ group, epoch, state }))
  }
  /** Whether these are what would be listed now, whatever their states are. */
  areAll(told: readonly Holding[]): boolean {
    let position = 0
    for (const { epoch, phase } of this.fates.values()) if (phase !== 'released' && told[position++]?.epoch !== epoch) return false
    return position === told.length
  }
  /**
   * Words of release: about this life's epochs for as long as a voter may wait for them, also when the log names the next
   * holder already (the coordinator may have been this node), and about earlier lives while the log names this node.
   * What it is suspected of is denied as long as it is.
   * None is said while anything of the group may still be up here, of an earlier life or of an earlier epoch.
   */
  releasedWords(log: RaftLog): readonly Word[] {
    if (!this.swept) return []
    const words: Word[] = []
    const oldestDropping = this.oldestDropping()
    const isClear = (group: GroupId, epoch: Epoch): boolean => (oldestDropping.get(group) ?? Infinity) >= epoch
    for (const { group, epoch, phase } of this.fates.values())
      if (phase === 'released' && isClear(group, epoch)) words.push({ group, epoch })
    for (const [group, { node, epoch }] of log.latest)
      if (node === this.self && epoch <= this.bootIndex && !this.fates.has(epoch)) words.push({ group, epoch })
    const suspicions = suspicionsOf(this.appliedState, this.self)
    if (suspicions.length === 0) return words
    const said = new Set(words.map(({ epoch }) => epoch))
    return [...words, ...suspicions.filter(({ group, epoch }) => this.isOver(epoch) && isClear(group, epoch) && !said.has(epoch))]
  }
  private oldestDropping(): ReadonlyMap<GroupId, Epoch> {
    const oldest = new Map<GroupId, Epoch>()
    for (const { group, epoch, phase } of this.fates.values())
      if (phase === 'dropping') oldest.set(group, Math.min(epoch, oldest.get(group) ?? Infinity))
    return oldest
  }
  /** Nothing can be up under that epoch, which is not the newest of its group: it was released, or never taken up in this life. */
  private isOver(epoch: Epoch): boolean {
    return (this.fates.get(epoch)?.phase ?? 'released') === 'released'
  }
  get isEmpty(): boolean {
    return [...this.fates.values()].every(({ phase }) => phase === 'released')
  }
  leaseLeft(group: GroupId, epoch: Epoch, now: Instant): number | null {
    const fate = this.fates.get(epoch)
    return fate?.group === group && fate.phase === 'wanted' && fate.until > now ? fate.until - now : null
  }
  nextEnd(): Instant {
    let next = Infinity
    for (const { phase, until } of this.fates.values()) if (phase === 'wanted' && until !== -Infinity) next = Math.min(next, until)
    return next
  }
}
