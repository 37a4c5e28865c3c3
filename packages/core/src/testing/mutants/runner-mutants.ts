import type { Mutant } from './mutant.ts'

const group = 'runner/group.ts'
const endpoint = 'runner/endpoint.ts'
const stages = 'runner/stages.ts'

/** Mistakes between a lease and the endpoints that it allows. */
export const runnerMutants: readonly Mutant[] = [
  {
    name: 'released-while-up',
    what: 'the runner says released before every endpoint is down',
    edits: [
      {
        file: group,
        text: `if (group.closing.length === 0 || (group.right === null && !allDown(group, leading(group.endpoints.values())))) return`,
        instead: `if (group.closing.length === 0) return`,
      },
    ],
  },
  {
    name: 'failed-release-counts',
    what: 'a release that failed counts as done',
    edits: [
      {
        file: endpoint,
        text: `  if (!result.ok) {\n    // What a half-done release left behind is not known either.`,
        instead: `  if (!result.ok && result.code === '') {\n    // What a half-done release left behind is not known either.`,
      },
      { file: endpoint, text: `  } else if (endpoint.inDoubt) {`, instead: `  } else if (result.ok && endpoint.inDoubt) {` },
    ],
  },
  {
    name: 'kernel-lease-longer',
    what: 'the kernel is told a longer lease than there is',
    edits: [
      {
        file: endpoint,
        text: `holder: steering.self, until: right.until }`,
        instead: `holder: steering.self, until: right.until + 200 }`,
      },
    ],
  },
  {
    name: 'claim-without-a-lease',
    what: 'the runner claims as soon as it hears of an assignment that is not committed yet',
    edits: [
      {
        file: endpoint,
        text: `startCall(endpoint, 'prepare', epoch, null, steering)`,
        instead: `startCall(endpoint, 'claim', epoch, { epoch, holder: steering.self, until: steering.now + 1000 }, steering)`,
      },
    ],
  },
  {
    name: 'call-not-aborted',
    what: 'a claim is not aborted when its lease ends',
    edits: [{ file: endpoint, text: `  steering.emit({ type: 'abort', call: call.id })\n`, instead: '' }],
  },
  {
    name: 'late-call-not-looked-for',
    what: 'after a claim that was cut off a release counts without a look at the world: the claim may land yet',
    edits: [{ file: endpoint, text: `} else if (endpoint.inDoubt) {`, instead: `} else if (endpoint.inDoubt && endpoint.id === '') {` }],
  },
  {
    name: 'rival-left-alone',
    what: 'a holder that sees its endpoint at another node leaves it there',
    edits: [
      {
        file: endpoint,
        text: `if (observation.state === 'here') {`,
        instead: `if (observation.state === 'here' || observation.state === 'elsewhere') {`,
      },
    ],
  },
  {
    name: 'drop-ignored',
    what: 'the runner serves on after a drop, until the lease ends by itself',
    edits: [{ file: group, text: `  }\n  close(group, epoch, cause, context.now)\n}`, instead: `  }\n}` }],
  },
  {
    name: 'unknown-taken-for-down',
    what: 'a release counts where the world cannot tell whether the endpoint is down',
    edits: [
      {
        file: endpoint,
        text: `observation.state === 'nowhere' || observation.state === 'elsewhere'`,
        instead: `observation.state !== 'here'`,
      },
    ],
  },
  {
    name: 'next-lease-before-down',
    what: 'the runner begins with the next lease while endpoints of the last one are still coming down (two halves: each alone is covered by the other)',
    edits: [
      {
        file: group,
        text: `group.right === null && group.next !== null && group.closing.length === 0 && allDown(group)`,
        instead: `group.right === null && group.next !== null`,
      },
    ],
  },
  {
    name: 'removed-endpoint-forgotten',
    what: 'an endpoint that is configured no more is forgotten while it is up',
    edits: [
      {
        file: 'runner/standing.ts',
        text: `!endpoint.wanted && !endpoint.mayBeUp && endpoint.call`,
        instead: `!endpoint.wanted && endpoint.call`,
      },
    ],
  },
  {
    name: 'lapse-ignored',
    what: 'an address that its kernel has ended is not claimed again although its lease goes on',
    edits: [
      { file: group, text: `if (!endpoint?.claimed || !group.right) return`, instead: `if (endpoint?.id !== '' || !group.right) return` },
    ],
  },
  {
    name: 'traffic-before-service',
    what: 'traffic is claimed before its service runs',
    edits: [
      {
        file: stages,
        text: `if (stageOf(other) < stage && other.wanted && !other.claimed) return false`,
        instead: `if (other.id === '') return false`,
      },
    ],
  },
  {
    name: 'service-stopped-first',
    what: 'a service is stopped while its traffic still comes',
    edits: [
      {
        file: stages,
        text: `if (stageOf(other) > stage && other.mayBeUp && !isFollower(other, all)) return false`,
        instead: `if (other.id === '') return false`,
      },
    ],
  },
  {
    name: 'stopping-not-listed',
    what: 'voters promise nothing to a holder that is stopping its service',
    edits: [
      {
        file: 'engine/peers.ts',
        text: `return state === 'claiming' || state === 'active' || state === 'stopping'`,
        instead: `return state === 'claiming' || state === 'active'`,
      },
    ],
  },
  {
    name: 'slow-start-taken-for-failure',
    what: 'a coordinator does not count with the time that a service may take to start',
    edits: [
      {
        file: 'engine/tenures.ts',
        text: `STALL_LEASES * leaseMs + serviceMsOf(group).startMs`,
        instead: `STALL_LEASES * leaseMs + 0 * serviceMsOf(group).startMs`,
      },
    ],
  },
  {
    name: 'stopped-while-up',
    what: 'a daemon ends before it has let go of its groups',
    edits: [{ file: 'engine/stopping.ts', text: `    if (!holdings.isEmpty) return\n`, instead: '' }],
  },
]
