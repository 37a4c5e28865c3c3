/** A movip cluster on the lab's nodes, and what must be known of it before and after a fault. */
import { randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { StatusAnswer } from '@movip/core/client'
import { LabError } from '../errors.ts'
import type { DiskKind } from '../faults/disk.ts'
import { createDisk } from '../faults/disk.ts'
import type { Lab } from '../lab.ts'
import type { Host } from '../network/host.ts'
import { nowMs } from '../system/libc.ts'
import { pollUntil } from '../wait.ts'
import type { Daemon } from './daemon.ts'
import { createDaemon, untilAnswering } from './daemon.ts'

export type Profile = 'lan' | 'fast' | 'wan'

/** The planes of one node, as the two files have them. */
export interface Planes {
  readonly address: Readonly<Record<string, string>>
  readonly nats: readonly object[]
}

export interface ClusterOptions {
  readonly profile?: Profile
  readonly disk?: DiskKind
  /** How many groups; the first one has the lab's VIPs. */
  readonly groups?: number
  /** Which nodes may hold groups; all of them, if absent. */
  readonly holders?: readonly string[]
  /** What each node is, as `cluster.yaml` has it, beside its address; without it they are all voters of one site. */
  readonly members?: Readonly<Record<string, { readonly site: string; readonly voter?: boolean; readonly witness?: boolean }>>
  /** When a group goes back to the node that it prefers, as `cluster.yaml` has it. */
  readonly failback?: string
  /** The endpoints of the first group, each as a line of `cluster.yaml`; without them it has the lab's VIPs in its LAN. */
  readonly endpoints?: readonly string[]
  /** The service of the first group, as `cluster.yaml` has it. */
  readonly service?: object
  /** What else the first group asks for, each as a line of `cluster.yaml`. */
  readonly policy?: readonly string[]
  /** The first group asks for a fence, and this is each node's, as `cluster.yaml` has it. */
  readonly fence?: (name: string) => object
  /** Checks of the first group, each as a line of `cluster.yaml`. */
  readonly checks?: readonly string[]
  /** Several planes for every node; without them each node has its nats-server in the lab's one network. */
  readonly planes?: (host: Host, secretFile: string) => Planes
  /** Further lines of a node's `node.yaml`. */
  readonly nodeLines?: (name: string) => readonly string[]
  /** What runs the daemon of a node, such as a tracer. Asked at each start. */
  readonly under?: (name: string) => readonly string[]
}

/** What a cluster needs of its lab. */
export type ClusterLab = Pick<Lab, 'network' | 'vips' | 'client' | 'client6'>

/** Generous: daemons that were started anew come up as slowly as a busy machine lets them. */
const STEADY_MS = 60_000

/** The group that has the lab's VIPs. */
export const GROUP = 'web'

/** Who is what in a cluster at rest. */
export interface Roles {
  readonly holder: Daemon
  readonly coordinator: Daemon
  /** Neither the holder nor, where that is another node, the coordinator. */
  readonly bystander: Daemon
}

export interface Cluster {
  readonly profile: Profile
  /** The configuration that the cluster began with. */
  readonly clusterFile: string
  readonly daemons: readonly Daemon[]
  daemon(name: string): Daemon
  /** Waits until all nodes hear each other, agree, and the holder serves. */
  untilSteady(timeoutMs?: number): Promise<Roles>
  /** A planned move, through the holder's own daemon. */
  switchover(from: Daemon, to: Daemon): Promise<void>
  /** SIGTERM to all. */
  stop(): Promise<void>
  /** The end of each daemon's log, for the report of a failure. */
  logs(): string
}

export async function startCluster(lab: ClusterLab, options: ClusterOptions = {}): Promise<Cluster> {
  const { profile = 'lan', disk = 'ext4', groups = 1, under = () => [], nodeLines = () => [] } = options
  const base = join(lab.network.folder.path, `cluster-${randomBytes(2).toString('hex')}`)
  mkdirSync(base)
  const clusterFile = join(base, 'cluster.yaml')
  const secretFile = join(base, 'secret')
  writeFileSync(clusterFile, clusterYaml(lab, profile, groups, options))
  writeFileSync(secretFile, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600 })
  const daemons = await Promise.all(
    lab.network.nodes.map(async (host) => {
      const place = await createDisk({ kind: disk, folder: base, name: host.name })
      const nats = options.planes?.(host, secretFile).nats
      return createDaemon({
        host,
        disk: place,
        folder: join(base, host.name),
        clusterFile,
        secretFile,
        nats,
        nodeLines: nodeLines(host.name),
        under: () => under(host.name),
      })
    }),
  )
  for (const daemon of daemons) daemon.start()
  const named = (name: string): Daemon => {
    const found = daemons.find((daemon) => daemon.name === name)
    if (found === undefined)
      throw new LabError('UNKNOWN_HOST', `No daemon ${name}.`, `There are: ${daemons.map((d) => d.name).join(', ')}.`)
    return found
  }
  const logs = (): string => daemons.map((daemon) => `=== ${daemon.name}\n${daemon.log().slice(-6000)}`).join('\n')
  await Promise.all(daemons.map((daemon) => untilAnswering(daemon)))
  return {
    profile,
    clusterFile,
    daemons,
    daemon: named,
    async untilSteady(timeoutMs = STEADY_MS) {
      const trouble = { text: '' }
      const steady = await pollUntil(() => rolesAtRest(lab, daemons, named, trouble, FRESH_MS[profile]), 'a steady cluster', {
        timeoutMs,
        everyMs: 25,
      }).catch((cause: unknown) => {
        throw new LabError('TIMEOUT', `The cluster did not come to rest within ${timeoutMs} ms: ${trouble.text}`, logs(), { cause })
      })
      return steady
    },
    async switchover(from, to) {
      const { reply } = await from.api.switchover(GROUP, to.name)
      if (!reply.ok)
        throw new LabError('COMMAND_FAILED', `The switchover to ${to.name} was refused (${reply.code}): ${reply.message}`, logs())
    },
    async stop() {
      await Promise.all(daemons.filter((daemon) => daemon.pid() !== null).map((daemon) => daemon.stop()))
    },
    logs,
  }
}

/** The roles, or null and why not yet. */
async function rolesAtRest(
  lab: ClusterLab,
  daemons: readonly Daemon[],
  named: (name: string) => Daemon,
  trouble: { text: string },
  freshMs: number,
): Promise<Roles | null> {
  const answers = await Promise.all(daemons.map((daemon) => daemon.status()))
  const answered = answers.filter((answer) => answer !== null)
  const first = answered[0]
  if (first === undefined || answered.length < daemons.length) {
    trouble.text = 'not every daemon answers'
    return null
  }
  const holder = groupOf(first)?.holder ?? null
  const coordinator = first.engine.coordinator
  const unrest = answered.map((answer) => unrestOf(answer, holder, coordinator, freshMs)).find((text) => text !== null)
  trouble.text = unrest ?? servingProblem(lab, holder) ?? ''
  if (trouble.text !== '' || holder === null || coordinator === null) return null
  const bystander = daemons.find(({ name }) => name !== holder && name !== coordinator)
  return bystander === undefined ? null : { holder: named(holder), coordinator: named(coordinator), bystander }
}

function groupOf(answer: StatusAnswer): StatusAnswer['engine']['groups'][number] | undefined {
  return answer.engine.groups.find(({ id }) => id === GROUP)
}

/** Of a beat; where they come seldom, of those. */
const FRESH_MS = { lan: 500, fast: 500, wan: 1500 }

/** What keeps this node from being at rest with the others. */
function unrestOf({ engine }: StatusAnswer, holder: string | null, coordinator: string | null, freshMs: number): string | null {
  const group = engine.groups.find(({ id }) => id === GROUP)
  const unheard = engine.nodes.filter(({ heardAgoMs }) => heardAgoMs === null || heardAgoMs > freshMs)
  if (unheard.length > 0) return `${engine.node} does not hear ${unheard.map(({ id }) => id).join(', ')}`
  if (engine.storageFailing !== null) return `the disk of ${engine.node} fails: ${engine.storageFailing}`
  if (coordinator === null || engine.coordinator !== coordinator)
    return `${engine.node} follows ${engine.coordinator}, others ${coordinator}`
  if (holder === null || group?.holder !== holder) return `${engine.node} takes ${group?.holder} for the holder, others ${holder}`
  if (group.state !== 'active') return `${engine.node} knows the holder as ${group.state}`
  const unfit = group.candidates.find(({ fitness }) => fitness.level !== 'fit')
  return unfit === undefined ? null : `${unfit.node} is not fit: ${unfit.fitness.reasons.join(', ')}`
}

/** The client must be served by the holder, and by nobody else. */
function servingProblem(lab: ClusterLab, holder: string | null): string | null {
  for (const client of [lab.client, lab.client6]) {
    if (client === null) continue
    const by = new Set(client.since(nowMs() - 100).answers.map((answer) => answer.by))
    if (by.size !== 1 || !by.has(holder ?? '')) return `${client.vip} is served by ${[...by].join(', ') || 'nobody'} and not by ${holder}`
  }
  return null
}

/** So many groups find an address in the lab's own subnet. */
const IN_SUBNET = 40

/** The IPv4 address of the group of that number, from 0. */
export function addressOf(lab: Pick<Lab, 'vips'>, turn: number): string {
  return turn < IN_SUBNET ? lab.vips.ipv4.replace(/\d+$/, String(50 + turn)) : `10.67.${turn >> 8}.${turn & 255}`
}

/** Each group prefers another node than the one before, and so does each of those that prefer the same: where several services share machines. */
function preferenceOf(names: readonly string[], turn: number): readonly string[] {
  const rotated = (all: readonly string[], by: number): string[] => [...all.slice(by % all.length), ...all.slice(0, by % all.length)]
  const [first, ...others] = rotated(names, turn)
  return first === undefined ? [] : [first, ...rotated(others, Math.floor(turn / names.length))]
}

function clusterYaml(lab: ClusterLab, profile: Profile, groups: number, options: ClusterOptions): string {
  const { service, fence, policy = [], failback, checks = [], planes, members } = options
  const { nodes } = lab.network
  const names = options.holders ?? nodes.map(({ name }) => name)
  const inLan = (address: string): string => `{ backend: arp, address: "${address}", interface: lan }`
  const group = (id: string, endpoints: readonly string[], turn = 0): string[] => [
    `  ${id}:`,
    `    nodes: [${preferenceOf(names, turn).join(', ')}]`,
    ...(failback === undefined ? [] : [`    failback: ${failback}`]),
    '    endpoints:',
    ...endpoints.map((endpoint) => `      - ${endpoint}`),
  ]
  const further = Array.from({ length: groups - 1 }, (_, i) =>
    group(`web-${i + 2}`, [inLan(`${addressOf(lab, i + 1)}/${i + 1 < IN_SUBNET ? 24 : 32}`)], i + 1),
  )
  return [
    'cluster: lab',
    `timing: ${profile}`,
    'nodes:',
    ...nodes.map(
      (host) =>
        `  ${host.name}: ${JSON.stringify({ ...(members?.[host.name] ?? { site: 'lab' }), address: planes?.(host, '').address ?? host.ipv4, ...(fence && { fence: fence(host.name) }) })}`,
    ),
    'groups:',
    ...group(GROUP, options.endpoints ?? [inLan(`${lab.vips.ipv4}/24`), inLan(`${lab.vips.ipv6}/64`)]),
    ...policy.map((line) => `    ${line}`),
    ...(fence === undefined ? [] : ['    fence: required']),
    ...(service === undefined ? [] : [`    service: ${JSON.stringify(service)}`]),
    ...(checks.length === 0 ? [] : ['    checks:', ...checks.map((check) => `      ${check}`)]),
    ...further.flat(),
    '',
  ].join('\n')
}
