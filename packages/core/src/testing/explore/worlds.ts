import type { ClusterSpec, NodeId, Timing } from '../../model/index.ts'
import { specOf } from '../hand-driven/cluster.ts'

/** What may go wrong in a world, or be asked for, besides what the network does. */
export type Fault = 'crash' | 'bounce' | 'freeze' | 'cut' | 'split' | 'isolate' | 'move' | 'give-up'

export interface World {
  readonly name: string
  readonly about: string
  readonly spec: ClusterSpec
  /** How far a node's clock runs in one tick, ms. */
  readonly tickMs: Readonly<Record<NodeId, number>>
  /** What a node draws instead of a random number, always. */
  readonly luck: Readonly<Record<NodeId, number>>
  /**
   * `calm`: of all that can happen next one thing is due (a runner answers, a disk writes, the oldest message arrives, else time
   * passes); it is free, and everything else is a deviation that costs one. `free`: nothing is due, and everything costs one.
   */
  readonly schedule: 'calm' | 'free'
  /** Where the search begins: nobody runs; somebody has an assignment in its log; a node serves every group. */
  readonly from: 'cold' | 'assigned' | 'serving'
  readonly faults: readonly Fault[]
  /** `quiet`: faults strike only when everything due is done and time is about to pass. */
  readonly strikes: 'always' | 'quiet'
  /** In a calm world: may messages and writes overtake each other, wait while time passes, or be set aside to arrive late or never? */
  readonly disorder: boolean
  /** Entries after which a snapshot takes their place; absent: no log is ever that long. */
  readonly compactAfter?: number
  /** What a story may cost. */
  readonly bound: number
}

/** Short, so that few instants matter, and a lease ends on the very tick on which the promises do; a tick is one heartbeat. */
const TIMING: Timing = { heartbeatMs: 100, leaseMs: 299, electionMs: 300, driftPpmMax: 1000 }
const EVEN = { a: 100, b: 100, c: 100 } as const
const LUCK = { a: 0, b: 0.5, c: 0.95 } as const
const ALL: readonly Fault[] = ['crash', 'bounce', 'freeze', 'cut', 'split', 'isolate', 'move', 'give-up']

function spec(voters: string, options: Parameters<typeof specOf>[1] = {}): ClusterSpec {
  return specOf(voters, { ...options, timing: { ...TIMING, ...options.timing } })
}

/** g belongs rather to a, h rather to b. */
function twoGroups(): ClusterSpec {
  const both = spec('abc', { groups: ['g', 'h'], witnesses: 'c' })
  return { ...both, groups: both.groups.map((group) => (group.id === 'h' ? { ...group, nodes: group.nodes.toReversed() } : group)) }
}

const three = spec('abc', { holders: 'bca' })
const fast = spec('abc', { holders: 'bca', timing: { leaseMs: 399, electionMs: 400, driftPpmMax: 250_000 } })
const calm = {
  schedule: 'calm',
  from: 'serving',
  tickMs: EVEN,
  luck: LUCK,
  faults: ALL,
  strikes: 'always',
  disorder: true,
  bound: 2,
} as const
const quiet = { ...calm, strikes: 'quiet', disorder: false, bound: 3 } as const
const skew = { spec: fast, tickMs: { a: 150, b: 100, c: 150 }, luck: { a: 0, b: 0.95, c: 0.95 } } as const
const free = { ...calm, schedule: 'free', from: 'assigned', faults: [] } as const

/** The small worlds that are searched, by name. Their bounds are those of the nightly size. */
export const WORLDS: readonly World[] = [
  { ...calm, name: 'calm', about: 'three nodes; b holds, a coordinates; anything may go wrong at any moment', spec: three },
  { ...quiet, name: 'quiet', about: 'the same; anything may go wrong, but between the ticks only', spec: three },
  {
    ...quiet,
    name: 'one-way',
    about: 'the same; links are cut one way or both, and nodes restart: what a delayed echo and a denial are worth',
    spec: three,
    faults: ['cut', 'split', 'bounce'],
  },
  { ...calm, name: 'skewed', about: "the holder's clock is slow by a third, and the drift is known", ...skew },
  { ...quiet, name: 'skewed-quiet', about: 'the same; anything may go wrong, but between the ticks only', ...skew },
  { ...calm, name: 'coordinator-holds', about: 'three nodes; a holds and coordinates', spec: spec('abc', { holders: 'abc' }) },
  { ...calm, name: 'witness', about: 'two nodes and a witness', spec: spec('abc', { holders: 'ba', witnesses: 'c' }) },
  { ...calm, name: 'two-groups', about: 'two nodes and a witness; each node holds one group', spec: twoGroups() },
  { ...calm, name: 'start', about: 'three nodes, from the first start on', spec: three, from: 'cold' },
  { ...quiet, name: 'snapshots', about: 'three nodes; two entries are a snapshot', spec: three, compactAfter: 2 },
  { ...calm, name: 'pair', about: 'two nodes, both vote', spec: spec('ab', { holders: 'ba' }), bound: 3 },
  {
    ...free,
    name: 'free',
    about: 'three nodes, a group was just given away: every order of messages, disks, runners and time',
    spec: three,
    bound: 8,
  },
  {
    ...free,
    name: 'free-bounce',
    about: 'two nodes, a group was just given away: every order, and a restart at any moment',
    spec: spec('ab', { holders: 'ba' }),
    faults: ['bounce'],
    bound: 16,
  },
]
