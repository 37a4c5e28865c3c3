import type { Mutant } from './mutant.ts'

const leases = 'lease/leases.ts'
const hearing = 'engine/hearing.ts'
const holdings = 'engine/holdings.ts'

/** Mistakes in counting leases, and about what a holder must let go (DESIGN 2.3). */
export const leaseMutants: readonly Mutant[] = [
  {
    name: 'lease-from-receipt',
    what: 'a lease is counted from the receipt of the echo',
    edits: [
      {
        file: hearing,
        text: `  for (const echo of beat.echoes) leases.heard(beat.from, echo)`,
        instead: `  for (const echo of beat.echoes) leases.heard(beat.from, echo, now)`,
      },
      {
        file: leases,
        text: `  heard(voter: NodeId, echo: Echo): void {`,
        instead: `  heard(voter: NodeId, echo: Echo, heardAt?: Instant): void {`,
      },
      {
        file: leases,
        text: `end: beat.madeAt + beat.leaseMs }`,
        instead: `end: (heardAt ?? beat.madeAt) + beat.leaseMs }`,
      },
    ],
  },
  {
    name: 'echo-of-unlisted',
    what: 'an echo counts for a group that the echoed beat did not list',
    edits: [
      {
        file: leases,
        text: `const fresh: Echoed = { listed: beat.listed,`,
        instead: `const fresh: Echoed = { listed: this.listed,`,
      },
    ],
  },
  {
    name: 'denial-ignored',
    what: 'a holder counts echoes that deny its group',
    edits: [{ file: leases, text: `denied: new Set(echo.denied),`, instead: `denied: new Set(),` }],
  },
  {
    name: 'lease-of-a-minority',
    what: 'a lease runs as long as one voter less than a quorum supports it',
    edits: [
      {
        file: 'lease/arithmetic.ts',
        text: `supportersOf(candidate, ends) >= quorum`,
        instead: `supportersOf(candidate, ends) >= quorum - 1`,
      },
    ],
  },
  {
    name: 'echo-of-another-life',
    what: 'an echo counts although it names another life of its node, whose clock began anew',
    edits: [
      {
        file: leases,
        text: `if (echo.node !== this.self || !isSame(echo.incarnation, this.incarnation)) return`,
        instead: `if (echo.node !== this.self) return`,
      },
    ],
  },
  {
    name: 'one-name-for-two-beats',
    what: 'two beats of one instant share a sentAt; a holder takes an echo for one of the newer (it would take the older one, and so hide the mistake)',
    edits: [
      {
        file: 'engine/beat.ts',
        text: `sentAt: brain.lastBeat === null ? now : Math.max(now, brain.lastBeat.sentAt + SENT_AT_STEP_MS),`,
        instead: `sentAt: now,`,
      },
      { file: leases, text: `this.beats.find((own)`, instead: `this.beats.findLast((own)` },
    ],
  },
  {
    name: 'lease-of-mixed-sets',
    what: 'echoes that were given in different voter sets are counted together',
    edits: [{ file: leases, text: `find((count) => isSameSet(count.voters, voters))`, instead: `at(0)` }],
  },
  {
    name: 'claim-before-applied',
    what: 'entries are applied, and claimed under, before they are committed',
    edits: [
      {
        file: 'engine/engine.ts',
        text: `while (brain.applied < raft.view.commit) {`,
        instead: `while (brain.applied < raft.view.log.lastIndex) {`,
      },
    ],
  },
  {
    name: 'lease-not-on-disk',
    what: 'a holder serves under an entry that is not on its own disk',
    edits: [
      {
        file: 'raft/replication.ts',
        text: `Math.min(commit, state.matched))\n  state.commit = Math.max(state.commit, Math.min(state.quorumCommit, state.durable))`,
        instead: `Math.min(commit, state.matched))\n  state.commit = Math.max(state.commit, state.quorumCommit)`,
      },
    ],
  },
  {
    name: 'lease-end-unnoticed',
    what: 'a holder does not give back a group whose lease has ended',
    edits: [
      {
        file: holdings,
        text: `if (fate.until !== -Infinity && fate.until <= now) {`,
        instead: `if (fate.until === Infinity) {`,
      },
    ],
  },
  {
    name: 'ended-lease-prolonged',
    what: 'a lease that has ended is prolonged, while the runner lets go of it',
    edits: [
      {
        file: holdings,
        text: `if (fate.until !== -Infinity && fate.until <= now) {`,
        instead: `if (fate.until !== -Infinity && fate.until <= now && leaseEndOf(group, epoch) <= now) {`,
      },
    ],
  },
  {
    name: 'old-epoch-served',
    what: 'a restarted node serves under an epoch of its earlier life',
    edits: [
      {
        file: holdings,
        text: `if (node !== this.self || epoch <= this.bootIndex || this.fates.has(epoch)) continue`,
        instead: `if (node !== this.self || this.fates.has(epoch)) continue`,
      },
    ],
  },
  {
    name: 'released-epoch-taken-up-again',
    what: 'a release is not final: the node takes the epoch up again',
    edits: [
      {
        file: holdings,
        text: `epoch <= this.bootIndex || this.fates.has(epoch)) continue\n      this.fates.set`,
        instead: `epoch <= this.bootIndex || this.fates.get(epoch)?.phase === 'wanted') continue\n      this.fates.set`,
      },
    ],
  },
  {
    name: 'released-before-down',
    what: 'a node says released while its endpoints are still coming down',
    edits: [
      {
        file: holdings,
        text: `    return fate.phase === 'released' ? [event] : [event, { type: 'drop', group, epoch, cause }]`,
        instead: `    const wasServed = fate.phase === 'dropping'\n    fate.phase = 'released'\n    fate.releasedAt = now\n    return wasServed ? [event, { type: 'drop', group, epoch, cause }] : [event]`,
      },
    ],
  },
  {
    name: 'released-before-swept',
    what: 'a restarted holder says released while its old address is still up in the kernel',
    edits: [{ file: holdings, text: `    if (!this.swept) return []\n`, instead: '' }],
  },
  {
    name: 'removed-group-served-on',
    what: 'a holder serves on a group that the configuration does not name any more',
    edits: [
      {
        file: holdings,
        text: `state.assignments[group]?.epoch === epoch && configured.has(group)`,
        instead: `state.assignments[group]?.epoch === epoch`,
      },
    ],
  },
  {
    name: 'given-up-takes-again',
    what: 'a node that an operator had give up everything takes what it is assigned next',
    edits: [
      {
        file: 'engine/engine.ts',
        text: `  if (holdings.givenUp) giveUp(brain, now)\n`,
        instead: `  if (holdings.givenUp) {\n    giveUp(brain, now)\n    holdings.givenUp = false\n  }\n`,
      },
    ],
  },
  {
    name: 'lease-of-the-newest-length',
    what: 'a lease is as long as the newest beat says, and not as the echoed one did',
    edits: [
      {
        file: leases,
        text: `end: beat.madeAt + beat.leaseMs }`,
        instead: `end: beat.madeAt + (this.beats.at(-1) ?? beat).leaseMs }`,
      },
    ],
  },
  {
    name: 'listed-on-the-way-down',
    what: 'a holder lists a group that it is letting go, and voters promise it',
    edits: [
      {
        file: 'engine/peers.ts',
        text: `return state === 'claiming' || state === 'active' || state === 'stopping'`,
        instead: `return state !== 'stuck'`,
      },
    ],
  },
  {
    name: 'released-while-an-older-epoch-is-up',
    what: 'a node says released of an epoch while endpoints of an older one are still coming down',
    edits: [
      { file: holdings, text: `if (phase === 'released' && isClear(group, epoch)) words`, instead: `if (phase === 'released') words` },
    ],
  },
  {
    name: 'own-denial-ignored',
    what: 'a holder that votes counts beats for which it denies its group itself',
    edits: [{ file: hearing, text: `sentAt: beat.sentAt, denied }\n    if`, instead: `sentAt: beat.sentAt, denied: [] }\n    if` }],
  },
]
