import type { Mutant } from './mutant.ts'

const promises = 'lease/promises.ts'
const hearing = 'engine/hearing.ts'

/** The usual way to wait for promises; the refusal of the voters is the safety net behind it. */
const isFree = {
  file: 'engine/coordination.ts',
  text: `decision.action === 'assign' && isFree(this.context, group.id, decision.to, now)`,
  instead: `decision.action === 'assign'`,
}

/** Mistakes in making and keeping promises (DESIGN 2.4). */
export const promiseMutants: readonly Mutant[] = [
  {
    name: 'no-denial',
    what: 'a voter denies nothing',
    edits: [{ file: hearing, text: `    else denied.push(group)\n`, instead: '' }],
  },
  {
    name: 'heard-without-a-vote',
    what: 'a node without a vote denies nothing, and echoes what it heard then once it has one',
    edits: [{ file: hearing, text: `    else denied.push(group)\n`, instead: `    else if (raft.isVoter) denied.push(group)\n` }],
  },
  {
    name: 'old-epoch-not-denied',
    what: 'a denial looks at the node and not at the epoch',
    edits: [{ file: hearing, text: `      latest.epoch === epoch &&\n`, instead: '' }],
  },
  {
    name: 'restart-forgets-promises',
    what: 'a restarted voter forgets its promises and does not wait',
    edits: [
      {
        file: promises,
        text: `this.restartUntil = promiseEnd(startedAt, longestLeaseMs, timing)`,
        instead: `this.restartUntil = -Infinity`,
      },
    ],
  },
  {
    name: 'restart-waits-for-the-present-lease',
    what: 'a restarted voter waits for the present lease and not for the longest there ever was',
    edits: [
      {
        file: 'raft/log.ts',
        text: `return Math.max(this.snapshot.state.longestLeaseMs, ...this.specs.map(({ spec }) => spec.timing.leaseMs))`,
        instead: `return this.spec.spec.timing.leaseMs`,
      },
    ],
  },
  {
    name: 'promise-longer-than-the-disk-knows',
    what: 'a voter promises a lease that is longer than any in its applied history',
    edits: [{ file: hearing, text: `      isKnownLease &&\n`, instead: '' }],
  },
  {
    name: 'promise-of-the-own-length',
    what: 'a promise is as long as the lease in the configuration of the voter, and not as the one that the beat states',
    edits: [
      {
        file: hearing,
        text: `epoch }, now, beat.leaseMs, timing)`,
        instead: `epoch }, now, timing.leaseMs, timing)`,
      },
    ],
  },
  {
    name: 'promise-gets-shorter',
    what: 'a later and shorter promise takes the place of a longer one',
    edits: [{ file: promises, text: `known.until = Math.max(known.until, until)`, instead: `known.until = until` }],
  },
  {
    name: 'promise-does-not-bind-nobody',
    what: 'a voter appends against its promise an entry that gives the group to nobody',
    edits: [{ file: promises, text: `if (promise.node !== to) until`, instead: `if (promise.node !== to && to !== null) until` }],
  },
  {
    name: 'removed-voter-forgets',
    what: 'a voter that its log says was removed keeps no promise, though its removal may be cut off',
    edits: [
      {
        file: 'engine/brain.ts',
        text: `!this.raft.view.log.knowsVoter(this.self)`,
        instead: `!this.raft.isVoter`,
      },
    ],
  },
  {
    name: 'drift-factor-dropped',
    what: 'a promise is no longer than the lease',
    edits: [{ file: 'lease/arithmetic.ts', text: `return leaseMs * (1 + 2 * timing.driftPpmMax * 1e-6)`, instead: `return leaseMs` }],
  },
  {
    name: 'own-promise-ignored',
    what: 'a coordinator appends against its own promise',
    edits: [
      {
        file: 'raft/replication.ts',
        text: `  if (state.admit(entry, state.log.latest, now) !== null) return null\n`,
        instead: '',
      },
    ],
  },
  {
    name: 'word-voids-later-promises',
    what: 'a word of release voids promises of later epochs; coordinators propose without asking whether promises run (that would hide it)',
    edits: [
      { file: promises, text: `other.node !== word.node || other.epoch !== word.epoch`, instead: `other.node !== word.node` },
      isFree,
    ],
  },
  {
    name: 'releasing-counts-as-released',
    what: 'voters take a group that is being released for released: the next node claims before the last one has let go',
    edits: [
      {
        file: hearing,
        text: `for (const { group, epoch } of beat.released) voided`,
        instead: `for (const { group, epoch } of [...beat.released, ...beat.holds.filter((held) => !isListed(held))]) voided`,
      },
    ],
  },
  {
    name: 'verdict-at-the-echo',
    what: 'the verdict is taken when the echo is sent, and not when the beat is heard',
    edits: [
      {
        file: 'engine/beat.ts',
        text: `peers.echoes(self, now, ECHO_LEASES * timing.leaseMs)`,
        instead: `peers.echoes(self, now, ECHO_LEASES * timing.leaseMs).map((echo) => ({
          ...echo,
          denied: (peers.get(echo.node)?.beat.holds ?? [])
            .filter(({ group, epoch }) => log.latest.get(group)?.node !== echo.node || log.latest.get(group)?.epoch !== epoch)
            .map(({ group }) => group),
        }))`,
      },
    ],
  },
  {
    name: 'verdict-by-the-disk',
    what: 'the verdict looks only at the part of the log that is on disk already',
    edits: [
      {
        file: hearing,
        text: `const latest = log.latest.get(group)`,
        instead: `const latest = log.latestAt(raft.view.durable).get(group)`,
      },
    ],
  },
  {
    name: 'older-beat-replaces-the-verdict',
    what: 'an older beat that is heard late replaces the verdict on the newest, whose name the echo keeps (two halves: an echo of the older one would be true)',
    edits: [
      {
        file: 'engine/peers.ts',
        text: `if (isSame(known.incarnation, beat.incarnation)) return beat.sentAt > known.sentAt`,
        instead: `if (isSame(known.incarnation, beat.incarnation)) return true`,
      },
      {
        file: hearing,
        text: `const before = peers.set({ beat, heardAt: now, denied })`,
        instead: `const newest = peers.get(beat.from)?.beat\n  const before = peers.set({ beat: (newest?.sentAt ?? -Infinity) > beat.sentAt ? newest! : beat, heardAt: now, denied })`,
      },
    ],
  },
  {
    name: 'judged-once-a-message',
    what: 'whom an entry takes the group from is judged once per message, against the log before it',
    edits: [{ file: 'raft/replication.ts', text: `    foldAssignment(before, entry)\n`, instead: '' }],
  },
  {
    name: 'held-entry-never-ends',
    what: 'a voter goes on promising what an entry that it holds back takes away',
    edits: [{ file: hearing, text: `      !raft.isHeldFor(group, beat.from) &&\n`, instead: '' }],
  },
  {
    name: 'voter-set-not-compared',
    what: 'a voter promises to a node that counts in another voter set',
    edits: [{ file: hearing, text: `raft.isVoter && isSameSet(beat.voters, raft.voters)`, instead: `raft.isVoter` }],
  },
  {
    name: 'two-voters-at-once',
    what: 'a coordinator changes two voters in one entry',
    edits: [{ file: 'engine/coordination.ts', text: `if (changed > 1) return`, instead: `if (changed > 9) return` }],
  },
  {
    name: 'voters-before-an-own-entry',
    what: 'a coordinator changes the voter set before an entry of its term is committed',
    edits: [{ file: 'engine/coordination.ts', text: `if (!isSettled || !isOwnSettled) return`, instead: `if (!isSettled) return` }],
  },
  {
    name: 'voter-sets-without-a-wait',
    what: 'a coordinator changes the voter set twice within one lease',
    edits: [{ file: 'engine/coordination.ts', text: `if (!isSettled || !isOwnSettled) return`, instead: `if (log.lastIndex < 0) return` }],
  },
  {
    name: 'voter-added-unheard',
    what: 'a coordinator takes on a voter set of which no quorum can be heard',
    edits: [
      {
        file: 'engine/coordination.ts',
        text: `if (after.length - silent.length < quorumOf(after.length))`,
        instead: `if (after.length === silent.length)`,
      },
    ],
  },
  {
    name: 'word-ends-the-wait-for-later-epochs',
    what: 'a restarted voter does not wait for a holder that has released an earlier epoch',
    edits: [
      {
        file: promises,
        text: `!this.isReleased(group, before?.epoch ?? 0, holder)`,
        instead: `!this.released.get(group)?.some((word) => word.node === holder)`,
      },
    ],
  },
  {
    name: 'promise-dropped-early',
    what: 'a promise is dropped shortly before its end',
    edits: [
      {
        file: promises,
        text: `all.filter((promise) => promise.until > now)`,
        instead: `all.filter((promise) => promise.until > now + 50)`,
      },
      { file: promises, text: `if (now < this.noneEndsBefore)`, instead: `if (now + 50 < this.noneEndsBefore)` },
    ],
  },
  {
    name: 'stranger-heard',
    what: 'a voter hears the beats of who is no member any more',
    edits: [
      {
        file: 'engine/membership.ts',
        text: `  if (!isKnown && !FROM_STRANGERS.has(message.type)) return false\n`,
        instead: `  if (!isKnown && !FROM_STRANGERS.has(message.type) && message.type !== 'beat') return false\n`,
      },
    ],
  },
  {
    name: 'voter-sets-a-present-lease-apart',
    what: 'between two changes of the voter set a coordinator waits for the present lease and not for the longest there ever was',
    edits: [
      {
        file: 'engine/coordination.ts',
        text: `promiseMs(state().longestLeaseMs, log.spec.spec.timing)`,
        instead: `promiseMs(log.spec.spec.timing.leaseMs, log.spec.spec.timing)`,
      },
    ],
  },
  {
    name: 'settled-when-appended',
    what: 'a change of configuration counts as settled a while after it was appended, committed or not',
    edits: [
      {
        file: 'engine/coordination.ts',
        text: `if (log.spec.index <= commit && this.specCommitted?.index`,
        instead: `if (this.specCommitted?.index`,
      },
    ],
  },
  {
    name: 'settled-in-an-earlier-term',
    what: 'a coordinator takes an entry of an earlier term of office for one of its own term',
    edits: [
      {
        file: 'engine/coordination.ts',
        text: `    this.ownTermCommittedAt = null\n    this.specCommitted`,
        instead: `    this.specCommitted`,
      },
    ],
  },
  {
    name: 'returning-holder-taken-on',
    what: 'a node that left and still has a group is taken on again, with another data folder that knows nothing of it',
    edits: [{ file: 'engine/coordination.ts', text: `if (returning !== null) return`, instead: `if (returning === '') return` }],
  },
]
