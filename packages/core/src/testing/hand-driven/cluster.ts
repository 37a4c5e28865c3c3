import { bootstrapStored } from '../../engine/apply.ts'
import type { ChangeNote, ClusterReply, ClusterRequest, ClusterSpec, GroupId, Instant, Message, NodeId, Timing } from '../../model/index.ts'
import { HandDrivenNode } from './node.ts'

const TIMING: Timing = { heartbeatMs: 100, leaseMs: 1000, electionMs: 900, driftPpmMax: 1000 }

/** What an operator's change is noted with. */
export const sampleNote: ChangeNote = { at: '2026-11-22T16:00:00.000Z', by: 'ann at a', what: 'a test' }

/** All nodes run, somebody coordinates, and every group is served. */
export function settledCluster(spec: ClusterSpec = specOf('abc')): HandDriven {
  const cluster = new HandDriven(spec)
  cluster.start()
  for (const { id } of spec.groups) cluster.settle(id)
  return cluster
}

/** Nodes named by letters, all voters unless they stand among `outsiders`; every group may live on all but witnesses. */
export function specOf(
  voters: string,
  options: { outsiders?: string; witnesses?: string; groups?: readonly GroupId[]; timing?: Partial<Timing>; holders?: string } = {},
): ClusterSpec {
  const { outsiders = '', witnesses = '', groups = ['g'], timing = {} } = options
  const ids = (voters + outsiders).split('')
  const holders = options.holders === undefined ? ids.filter((id) => !witnesses.includes(id)) : options.holders.split('')
  return {
    name: 'by hand',
    timing: { ...TIMING, ...timing },
    nodes: ids.map((id, index) => ({
      id,
      site: 'here',
      address: `10.0.0.${index + 1}`,
      voter: voters.includes(id),
      witness: witnesses.includes(id),
    })),
    groups: groups.map((id) => ({ id, mode: 'active-standby', nodes: holders, endpoints: [] })),
  }
}

interface Flying {
  readonly from: NodeId
  readonly to: NodeId
  readonly message: Message
  readonly arrivesAt: Instant
}

/** A few engines whose clock, messages and disks move only when a test says so. Delivery takes no time at all unless told otherwise. */
export class HandDriven {
  now: Instant = 10_000
  /** How long each message flies. */
  flightMs = 0
  readonly nodes = new Map<NodeId, HandDrivenNode>()
  /** Everything that was sent and not delivered, oldest first. */
  flying: Flying[] = []
  /** Everything that was ever sent. */
  readonly sent: Flying[] = []
  private asked = 0
  private readonly cuts = new Set<string>()
  /** What reached machines that are paused. */
  private readonly paused = new Map<NodeId, Flying[]>()
  /** How far the clocks of machines that were paused are behind. */
  private readonly behindMs = new Map<NodeId, number>()

  constructor(spec: ClusterSpec, ids: string = spec.nodes.map(({ id }) => id).join('')) {
    for (const id of ids) this.add(id, spec)
  }

  add(id: NodeId, spec: ClusterSpec): HandDrivenNode {
    const node = new HandDrivenNode(
      id,
      bootstrapStored(spec),
      () => this.now - (this.behindMs.get(id) ?? 0),
      (to, message) => this.send(id, to, message),
    )
    this.nodes.set(id, node)
    return node
  }
  node(id: NodeId): HandDrivenNode {
    const node = this.nodes.get(id)
    if (node === undefined) throw new Error(`there is no node ${id}`)
    return node
  }

  /** Starts nodes (all), fit for every group and swept. */
  start(ids: string = [...this.nodes.keys()].join('')): void {
    for (const id of ids) this.node(id).start()
  }
  /** `a>b`: what a says does not reach b any more. `a-b`: both ways. */
  cut(...links: readonly string[]): void {
    for (const link of links.flatMap(oneWay)) this.cuts.add(link)
  }
  mend(...links: readonly string[]): void {
    if (links.length === 0) this.cuts.clear()
    for (const link of links.flatMap(oneWay)) this.cuts.delete(link)
  }
  isolate(id: NodeId): void {
    for (const other of this.nodes.keys()) if (other !== id) this.cut(`${id}-${other}`)
  }

  /** The whole machine stands still, its clock as well, as a hypervisor may do it. */
  pause(id: NodeId): void {
    this.paused.set(id, [])
  }
  /** It goes on as if no time had passed; what was sent to it meanwhile has waited for it, unless it is `lost`. */
  resume(id: NodeId, options: { lost?: boolean } = {}): void {
    if (options.lost !== true) this.flying.push(...(this.paused.get(id) ?? []))
    this.paused.delete(id)
  }

  /** Delivers what has arrived, and what that sends, until nothing more does. */
  deliver(): void {
    for (let rounds = 0; ; rounds += 1) {
      if (rounds > 10_000) throw new Error('messages never end')
      const arrived = this.flying.findIndex(({ arrivesAt }) => arrivesAt <= this.now)
      const [next] = arrived < 0 ? [] : this.flying.splice(arrived, 1)
      if (next === undefined) return
      const waiting = this.paused.get(next.to)
      if (waiting === undefined) this.node(next.to).hear(next.message)
      else waiting.push(next)
    }
  }
  /** Time passes in steps of 1 ms; whoever asked to be woken is, and every message arrives at once. */
  run(ms: number): void {
    for (const end = this.now + ms; this.now < end;) {
      this.now += 1
      for (const id of this.paused.keys()) this.behindMs.set(id, (this.behindMs.get(id) ?? 0) + 1)
      for (const node of this.nodes.values()) if (!this.paused.has(node.id)) node.wake()
      this.deliver()
    }
  }
  /** Lets time pass until something is so, for a minute at most; says how long that took. */
  until(isSo: () => boolean, what = 'it'): number {
    const begin = this.now
    while (!isSo()) {
      if (this.now - begin > 60_000) throw new Error(`${what} did not come about within a minute`)
      this.run(1)
    }
    return this.now - begin
  }

  /** Who may serve the group at this moment. */
  serving(group: GroupId = 'g'): string {
    return [...this.nodes.values()]
      .filter((node) => node.mayServe(group))
      .map(({ id }) => id)
      .join('')
  }
  coordinator(): NodeId | undefined {
    return [...this.nodes.values()]
      .filter((node) => node.isUp && node.status().role === 'coordinator')
      .toSorted((a, b) => b.status().term - a.status().term)[0]?.id
  }
  /** Everybody runs, somebody coordinates, and the group is served; says by whom. */
  settle(group: GroupId = 'g'): NodeId {
    this.until(() => this.serving(group) !== '' && this.coordinator() !== undefined, 'a settled cluster')
    this.run(500)
    return this.serving(group)
  }

  /** An operator's wish, asked for at the coordinator; does not wait for the end. */
  switchover(to: NodeId, group: GroupId = 'g'): void {
    this.node(this.coordinator() ?? '').tell({ type: 'request', id: `to-${to}`, request: { type: 'switchover', group, to } })
    this.deliver()
  }

  /** An operator's wish, asked for at a node; messages and disks have their time until it is answered. */
  ask(at: NodeId, request: ClusterRequest): ClusterReply | undefined {
    this.asked += 1
    this.node(at).tell({ type: 'request', id: `r${this.asked}`, request })
    this.run(20)
    return this.replyAt(at, `r${this.asked}`)
  }
  /** What a node answered last, or what it answered to one wish. */
  replyAt(at: NodeId = this.coordinator() ?? '', id?: string): ClusterReply | undefined {
    return this.node(at)
      .of('reply')
      .findLast((effect) => id === undefined || effect.id === id)?.reply
  }

  private send(from: NodeId, to: NodeId | 'all', message: Message): void {
    for (const id of to === 'all' ? this.nodes.keys() : [to]) {
      if (id === from) continue
      const flight = { from, to: id, message: JSON.parse(JSON.stringify(message)) as Message, arrivesAt: this.now + this.flightMs }
      this.sent.push(flight)
      if (!this.cuts.has(`${from}>${id}`) && this.nodes.get(id)?.isUp === true) this.flying.push(flight)
    }
  }
}

function oneWay(link: string): string[] {
  const [a = '', b = ''] = link.split('-')
  return link.includes('-') ? [`${a}>${b}`, `${b}>${a}`] : [link]
}
