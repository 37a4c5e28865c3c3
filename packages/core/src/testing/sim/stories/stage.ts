import type { EngineStatus } from '../../../engine/types.ts'
import type { Assignment, ClusterSpec, GroupId, Member, Message, NodeId, Timing } from '../../../model/index.ts'
import { CalmRandom } from '../../scenario/calm-random.ts'
import { CLOUD } from '../addresses.ts'
import { SimCluster } from '../cluster.ts'
import type { Parts, SimMachine } from '../machine.ts'
import { Timeline } from '../timeline.ts'
import { Mail } from './mail.ts'
import type { Hold, What } from './mail.ts'

/** Where a story takes place. */
export interface Setting {
  /** Names with a space between; `d:outsider` is a member without a vote. */
  readonly nodes: string
  /** Machines that are to join with a vote, each started with a file that names it as well. */
  readonly joining?: string
  /** Who may hold a group, by preference. */
  readonly groups?: Readonly<Record<GroupId, string>>
  readonly timing?: Partial<Timing>
  /** How fast clocks run; 1 where nothing is said. */
  readonly rates?: Readonly<Record<NodeId, number>>
  /** Entries after which a snapshot takes their place. */
  readonly compactAfter?: number
  /** Every group has a service of so many parts. */
  readonly parts?: number
  /** Every group asks for a fence. */
  readonly fenced?: boolean
  /** A cloud moves the endpoints, and no kernel ends them. */
  readonly inCloud?: boolean
}

/** The story took another course than the one it is about: it says nothing about the rules. */
export class Untold extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'Untold'
  }
}

const TIMING: Timing = { heartbeatMs: 100, leaseMs: 1000, electionMs: 900, driftPpmMax: 1000 }
const PATIENCE_MS = 30_000

export const isAppend: What = (message) => message.type === 'append'
/** Entries, or a snapshot in the place of older ones. */
export const isLog: What = (message) => message.type === 'append' || message.type === 'install-snapshot'
export const isBeat: What = (message) => message.type === 'beat'
export const isVoteRequest: What = (message) => message.type === 'vote-request'

/**
 * A simulated cluster, watched by every checker, in which nothing happens by chance: messages take a millisecond, unless the story
 * keeps them; what goes wrong goes wrong because the story says so.
 */
export class Stage {
  readonly timeline = new Timeline()
  readonly cluster: SimCluster
  readonly #mail: Mail

  constructor(setting: Setting, parts: Parts) {
    const quality = { baseMs: 1, jitterMs: 0, lossRate: 0, doubleRate: 0 }
    this.cluster = new SimCluster({
      spec: specOf(setting),
      reserve: (setting.joining?.split(' ') ?? []).map((id) => memberOf(id, true)),
      random: new CalmRandom(),
      parts,
      timeline: this.timeline,
      quality: () => quality,
      rate: (node) => setting.rates?.[node] ?? 1,
      ...(setting.compactAfter === undefined ? {} : { compactAfter: setting.compactAfter }),
    })
    this.#mail = new Mail(({ to, message }) => this.node(to).receive(message))
    this.cluster.network.intercept = (from, to, message) => this.#mail.intercept(from, to, message)
  }

  get now(): number {
    return this.cluster.queue.now
  }
  node(id: NodeId): SimMachine {
    return this.cluster.machine(id)
  }
  start(...ids: readonly NodeId[]): void {
    for (const id of ids) this.node(id).start()
  }
  crash(...ids: readonly NodeId[]): void {
    for (const id of ids) this.node(id).crash('kill -9')
  }
  /** A new life at once, before anything else happens. */
  restart(...ids: readonly NodeId[]): void {
    this.crash(...ids)
    this.start(...ids)
  }

  run(ms: number): void {
    this.cluster.queue.runUntil(this.now + ms)
  }
  /** Lets time pass until something is so; false: it is not so after `ms`. */
  comes(isSo: () => boolean, ms: number): boolean {
    for (const end = this.now + ms; !isSo(); this.run(1)) if (this.now >= end) return false
    return true
  }
  /** Lets time pass until something is so. Without it the story cannot go on. */
  until(isSo: () => boolean, what: string, ms = PATIENCE_MS): void {
    if (!this.comes(isSo, ms)) throw new Untold(`${what} did not come about within ${ms} ms`)
  }
  /** Starts everybody, `first` ahead of the others so that it coordinates, and puts groups where they are wanted. */
  settle(first: NodeId, places: Readonly<Record<GroupId, NodeId>> = {}): void {
    this.start(first)
    this.run(100)
    this.start(...this.cluster.machines.map(({ id }) => id))
    this.until(() => this.coordinates(first), `${first} as coordinator`)
    this.run(500)
    for (const [group, node] of Object.entries(places)) {
      this.until(() => this.cluster.machines.some((machine) => machine.isUp(group)), `${group} being served`)
      if (!this.node(node).isUp(group)) this.switchover(group, node)
      this.until(() => this.node(node).isUp(group), `${group} on ${node}`)
    }
    this.run(500)
  }

  /** The holder serves g; then nobody of `deaf` hears it any more, for longer than what they had promised it lasts. */
  settleDeaf(first: NodeId, holder: NodeId, deaf: string, ms: number): void {
    this.settle(first, { g: holder })
    this.hold(deaf.replaceAll(/(\w+)/g, `${holder}>$1`), isBeat)
    this.run(ms)
  }

  hold(links: string, what?: What): Hold {
    return this.#mail.hold(links, what)
  }
  beatOf(node: NodeId): ReturnType<Mail['beatOf']> {
    return this.#mail.beatOf(node)
  }
  /** Does the newest beat of the node say that it serves the group, or is about to, under an epoch after `after`? */
  lists(node: NodeId, group: GroupId, after = 0): boolean {
    const holds = this.beatOf(node)?.holds ?? []
    return holds.some(({ group: held, epoch, state }) => held === group && epoch > after && (state === 'claiming' || state === 'active'))
  }

  switchover(group: GroupId, to: NodeId): void {
    this.node(this.#coordinator()).tell({ type: 'request', id: `${group}-to-${to}`, request: { type: 'switchover', group, to } })
  }
  /** The coordinator is told another configuration. True: its entry is in the log of the coordinator. */
  configure(change: (spec: ClusterSpec) => ClusterSpec): boolean {
    const machine = this.node(this.#coordinator())
    const before = machine.written.lastIndex
    machine.tell({ type: 'configure', id: `configure-${before}`, spec: change(this.#specIn(machine)) })
    return machine.written.lastIndex > before
  }
  /** The same, in force before the story goes on. */
  configured(change: (spec: ClusterSpec) => ClusterSpec): void {
    const id = this.#coordinator()
    if (!this.configure(change)) throw new Untold('the configuration was refused')
    const index = this.lastIndex(id)
    this.until(() => this.status(id).commit >= index, 'the configuration in force')
  }

  status(id: NodeId): EngineStatus {
    const machine = this.node(id)
    if (machine.process === null) throw new Untold(`${id} is down`)
    return machine.process.engine.status(machine.clock.local(this.now))
  }
  coordinates(id: NodeId): boolean {
    return this.node(id).process !== null && this.status(id).role === 'coordinator'
  }
  lastIndex(id: NodeId): number {
    return this.node(id).written.lastIndex
  }
  /** Who has the group by the log of the node, committed or not. */
  assigned(group: GroupId, id: NodeId): Pick<Assignment, 'node' | 'epoch'> {
    const { entries, snapshot } = this.node(id).written
    for (const { index, body } of entries.toReversed()) {
      if (body.type === 'assign' && body.group === group) return { node: body.node, epoch: index }
    }
    return snapshot.state.assignments[group] ?? { node: null, epoch: 0 }
  }

  #coordinator(): NodeId {
    const found = this.cluster.machines
      .filter(({ id }) => this.coordinates(id))
      .toSorted((a, b) => this.status(b.id).term - this.status(a.id).term)[0]
    if (found === undefined) throw new Untold('nobody coordinates')
    return found.id
  }
  #specIn({ written }: SimMachine): ClusterSpec {
    const body = written.entries.findLast((entry) => entry.body.type === 'cluster')?.body
    return body?.type === 'cluster' ? body.spec : written.snapshot.state.spec
  }
}

/** Makes the named nodes voters, and nobody else. */
export function withVoters(names: string): (spec: ClusterSpec) => ClusterSpec {
  const voters = names.split(' ')
  return (spec) => ({ ...spec, nodes: spec.nodes.map((node) => ({ ...node, voter: voters.includes(node.id) })) })
}

export function withLease(leaseMs: number): (spec: ClusterSpec) => ClusterSpec {
  return (spec) => ({ ...spec, timing: { ...spec.timing, leaseMs } })
}

/** The same configuration once more: an entry that changes nothing. */
export function unchanged(spec: ClusterSpec): ClusterSpec {
  return { ...spec }
}

function specOf({
  nodes,
  groups = { g: nodes.replaceAll(/:\w+/g, '') },
  timing,
  inCloud = false,
  parts = 0,
  fenced = false,
}: Setting): ClusterSpec {
  const service = Array.from({ length: parts }, (_, index) => ({
    id: `s${index}`,
    kind: 'simulated',
    startMs: 5000,
    stopMs: 5000,
    options: {},
  }))
  return {
    name: 'story',
    timing: { ...TIMING, ...timing },
    nodes: nodes.split(' ').map((name) => {
      const [id = name, kind = 'voter'] = name.split(':')
      return memberOf(id, kind === 'voter')
    }),
    groups: Object.entries(groups).map(([id, names]) => ({
      id,
      mode: 'active-standby',
      nodes: names.split(' '),
      endpoints: [{ id: 'e0', backend: inCloud ? CLOUD : 'simulated', options: {} }],
      ...(parts === 0 ? {} : { service }),
      ...(fenced ? { fence: 'required' as const } : {}),
    })),
  }
}

function memberOf(id: NodeId, voter: boolean): Member {
  return { id, site: 'here', address: `${id}.example.net`, voter, witness: false }
}

/** Is it the wish for a real vote, and no question before one? */
export function isRealVoteRequest(message: Message): boolean {
  return message.type === 'vote-request' && !message.pre
}
