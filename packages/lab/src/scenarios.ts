/** The faults of the table of figures, one entry each: shared by the bench, the lab's tests and the demo. */
import type { Cluster, Profile, Roles } from './cluster/cluster.ts'
import type { Daemon } from './cluster/daemon.ts'
import { upgradeDaemon } from './cluster/upgrade.ts'
import { LabError } from './errors.ts'
import { startBurners } from './faults/burners.ts'
import { deaf, isolate, mute } from './faults/links.ts'
import type { Cut } from './faults/links.ts'
import type { Lab } from './lab.ts'
import type { Host } from './network/host.ts'
import type { Family } from './system/address.ts'
import { sleep } from './wait.ts'

/** Where a scenario is played, at rest. */
export interface Stage extends Roles {
  readonly lab: Lab
  readonly cluster: Cluster
}

/** Ends the fault. */
export type Heal = () => void | Promise<void>

export interface Scenario {
  readonly name: string
  /** What is done, for people: "the holder's daemon is killed". */
  readonly title: string
  /** Whether the holder must be the coordinator too. */
  readonly coordinator: 'the-holder' | 'another' | 'any'
  readonly profile: Profile
  /** Which VIP the judged client asks. */
  readonly family: Family
  /** What the client may lose. */
  readonly bound: 'planned' | 'failover' | 'fast' | 'nothing'
  /** Whether the nodes need disks that can hang, which are not to be had everywhere. */
  readonly hangingDisk?: true
  /** How long `inject` itself takes, where the fault has several parts. */
  readonly injectMs: number
  /** How long the fault stays after that. */
  readonly faultMs: number
  /** How long the client is watched after its end. */
  readonly afterMs: number
  /** Starts the fault. */
  inject(stage: Stage): Promise<Heal>
}

const LONG_MS = 10_000
const FAILOVER_MS = 3000
const STALL_MS = 2000
const FULL_MS = 1500
const BURN_MS = 60_000

const base = { coordinator: 'any', profile: 'lan', family: 4, bound: 'failover', injectMs: 0, faultMs: FAILOVER_MS, afterMs: 500 } as const
const harmless = { ...base, bound: 'nothing', faultMs: 2500, afterMs: 1500 } as const
const enduring = { ...base, faultMs: LONG_MS, afterMs: 2500 } as const

const nothing: Heal = () => {}

export const scenarios: readonly Scenario[] = [
  {
    ...base,
    name: 'switchover',
    title: 'the group is moved by hand',
    bound: 'planned',
    faultMs: 1000,
    afterMs: 0,
    async inject({ cluster, holder, bystander }) {
      await cluster.switchover(holder, bystander)
      return nothing
    },
  },
  {
    ...base,
    name: 'stop',
    title: "the holder's daemon is told to stop",
    bound: 'planned',
    faultMs: 0,
    afterMs: 500,
    async inject({ holder }) {
      await holder.stop()
      return () => holder.start()
    },
  },
  { ...base, name: 'host-gone', title: "the holder's link goes down", coordinator: 'another', inject: pullCable },
  {
    ...base,
    name: 'host-gone-coordinator',
    title: 'the same, where the holder is also the coordinator',
    coordinator: 'the-holder',
    inject: pullCable,
  },
  {
    ...base,
    name: 'kill9',
    title: "the holder's daemon and all its children are killed",
    inject: ({ holder }) => killed(holder),
  },
  {
    ...enduring,
    name: 'freeze',
    title: "the holder's daemon is frozen for 10 s, then goes on",
    inject({ holder }) {
      holder.freeze()
      return Promise.resolve(() => holder.thaw())
    },
  },
  { ...enduring, name: 'isolate', title: 'the holder is cut off from all nodes for 10 s', inject: cutting(isolate) },
  { ...enduring, name: 'mute', title: 'the other nodes do not hear the holder for 10 s', inject: cutting(mute) },
  { ...enduring, name: 'deaf', title: 'the holder does not hear the other nodes for 10 s', inject: cutting(deaf) },
  {
    ...harmless,
    name: 'coordinator-lost',
    title: 'the coordinator, not the holder, is killed',
    coordinator: 'another',
    inject: ({ coordinator }) => killed(coordinator),
  },
  {
    ...harmless,
    name: 'voter-lost',
    title: 'a node that only votes is killed',
    inject: ({ bystander }) => killed(bystander),
  },
  {
    ...harmless,
    name: 'disk-stall',
    title: "a voter's disk hangs for 2 s, then the holder's",
    hangingDisk: true,
    injectMs: 2 * STALL_MS,
    faultMs: 0,
    inject: inTurn(
      STALL_MS,
      (daemon) => daemon.disk.hang(),
      (daemon) => daemon.disk.unhang(),
    ),
  },
  {
    ...harmless,
    name: 'disk-full',
    title: "a voter's disk is full, then the holder's",
    injectMs: 2 * FULL_MS,
    faultMs: 0,
    inject: inTurn(
      FULL_MS,
      (daemon) => daemon.disk.fill(),
      (daemon) => daemon.disk.unfill(),
    ),
  },
  {
    ...harmless,
    name: 'nats-killed',
    title: 'the nats-server beside the holder is killed',
    inject({ holder }) {
      if (holder.killChildren('nats-server') === 0) {
        throw new LabError(
          'CHILD_ENDED',
          `No nats-server runs below the daemon of ${holder.name}.`,
          `Its log: ${holder.log().slice(-3000)}`,
        )
      }
      return Promise.resolve(nothing)
    },
  },
  {
    ...harmless,
    name: 'upgrade',
    title: "the holder's daemon is replaced by another program",
    async inject({ holder }) {
      await upgradeDaemon(holder)
      return nothing
    },
  },
  { ...base, name: 'ipv6-host-gone', title: "the holder's link goes down, seen over IPv6", family: 6, inject: pullCable },
  {
    ...base,
    name: 'fast-host-gone',
    title: "the holder's link goes down, profile fast",
    profile: 'fast',
    bound: 'fast',
    faultMs: 1500,
    inject: pullCable,
  },
  {
    ...harmless,
    name: 'starved',
    title: '8 busy loops take the CPU for 60 s',
    faultMs: BURN_MS,
    afterMs: 500,
    inject: ({ lab }) => Promise.resolve(startBurners(lab.network, 8)),
  },
]

async function pullCable({ lab, holder }: Stage): Promise<Heal> {
  await lab.links.setLink(holder.host, false)
  return () => lab.links.setLink(holder.host, true)
}

async function killed(daemon: Daemon): Promise<Heal> {
  await daemon.kill()
  return () => daemon.start()
}

function cutting(cuts: (host: Host, others: readonly Host[]) => readonly Cut[]): (stage: Stage) => Promise<Heal> {
  return async ({ lab, holder }) => {
    const chosen = cuts(holder.host, lab.network.nodes)
    await lab.links.cut(chosen)
    return () => lab.links.heal(chosen)
  }
}

/** The fault at a voter that is not the holder, then at the holder. */
function inTurn(
  lengthMs: number,
  begin: (daemon: Daemon) => Promise<void>,
  end: (daemon: Daemon) => Promise<void>,
): (stage: Stage) => Promise<Heal> {
  return async ({ holder, bystander }) => {
    for (const daemon of [bystander, holder]) {
      await begin(daemon)
      await sleep(lengthMs)
      await end(daemon)
    }
    return nothing
  }
}
