import type { ClusterSpec, NodeId } from '../../model/index.ts'
import { SimCluster } from '../sim/cluster.ts'
import { describeEntry } from '../sim/describe.ts'
import type { SimMachine } from '../sim/machine.ts'
import { shippedParts } from '../sim/shipped-parts.ts'
import { CalmRandom } from './calm-random.ts'
import { expectation } from './expectations.ts'
import { messageOf } from './injected.ts'
import { linkOf, linksOf } from './links.ts'
import { parseScript } from './script.ts'
import type { Block } from './script.ts'
import { newSetting, specOf } from './setting.ts'
import { Trace } from './trace.ts'

type Command = (args: readonly string[]) => string[] | void

/** Runs scripts against the shipped engine and runner on a network where nothing happens by chance. */
class Scenario {
  readonly trace = new Trace()
  readonly #setting = newSetting()
  readonly #random = new CalmRandom()
  #cluster: SimCluster | null = null
  #requests = 0

  /** Carries out the commands of one block and returns the trace. */
  run(block: Block, lines: string[] = []): string[] {
    for (const line of block.commands) {
      const [name = '', ...args] = line.split(/\s+/)
      const command = this.#commands[name]
      if (command === undefined) throw new Error(`unknown command: ${line}`)
      const said = command(args)
      lines.push(...this.trace.take(), ...(said ?? []).map((line) => line.trimEnd()))
    }
    return lines
  }

  get cluster(): SimCluster {
    if (this.#cluster === null) {
      const { rates } = this.#setting
      const quality = { baseMs: 1, jitterMs: 0, lossRate: 0, doubleRate: 0 }
      this.#cluster = new SimCluster({
        spec: specOf(this.#setting),
        random: this.#random,
        parts: shippedParts,
        timeline: this.trace,
        quality: () => quality,
        rate: (node) => rates.get(node) ?? 1,
      })
    }
    return this.#cluster
  }

  readonly #commands: Readonly<Record<string, Command>> = {
    nodes: (args) => {
      this.#setting.nodes = args.map((arg) => ({ id: arg.split(':')[0] ?? arg, kind: arg.split(':')[1] ?? 'voter' }))
    },
    group: ([id = '', ...nodes]) => {
      this.#setting.groups.push({ id: id.replace(':', ''), nodes })
    },
    timing: (args) => {
      this.#setting.timing = {
        ...this.#setting.timing,
        ...Object.fromEntries(args.map((arg) => [arg.split('=')[0], Number(arg.split('=')[1])])),
      }
    },
    rate: ([node = '', rate]) => {
      this.#setting.rates.set(node, Number(rate))
    },
    /** What is drawn from now on, by everybody. */
    luck: ([value]) => {
      this.#random.luck = Number(value)
    },
    start: (args) => {
      for (const machine of this.#machines(args)) machine.start()
    },
    settle: ([first = '', ...placed]) => this.#settle(first, placed),
    restart: (args) => {
      for (const machine of this.#machines(args)) machine.start()
    },
    crash: (args) => {
      for (const machine of this.#machines(args)) machine.crash('kill -9')
    },
    tick: ([ms]) => {
      this.cluster.queue.runUntil(this.cluster.queue.now + Number(ms))
    },
    until: (args) => this.#until(args),
    cut: (args) => {
      this.#links(args, (from, to) => this.cluster.network.setCut(from, to, true))
    },
    mend: (args) => {
      this.#links(args, (from, to) => this.cluster.network.setCut(from, to, false))
    },
    heal: () => {
      this.cluster.network.heal()
    },
    hold: (args) => {
      this.#links(args, (from, to) => this.cluster.network.setClogged(from, to, true))
    },
    unhold: (args) => {
      this.#links(args, (from, to) => this.cluster.network.setClogged(from, to, false))
    },
    deliver: ([link = '', count = '1']) => {
      const { from, to } = linkOf(link)
      return [`${this.cluster.network.deliverHeld(from, to, Number(count))} delivered`]
    },
    drop: ([link = '']) => {
      const { from, to } = linkOf(link)
      return [`${this.cluster.network.dropHeld(from, to)} dropped`]
    },
    'stall-disk': (args) => {
      for (const machine of this.#machines(args)) machine.disk.stall(Number.MAX_SAFE_INTEGER)
    },
    flush: (args) => {
      for (const machine of this.#machines(args)) machine.disk.heal()
    },
    freeze: ([node = '', effects = '0']) => {
      this.cluster.machine(node).process?.freeze(Number(effects))
    },
    thaw: (args) => {
      for (const machine of this.#machines(args)) machine.process?.thaw()
    },
    stop: (args) => {
      for (const machine of this.#machines(args)) machine.tell({ type: 'stop' })
    },
    'release-all': (args) => {
      for (const machine of this.#machines(args)) machine.tell({ type: 'release-all' })
    },
    backend: ([node = '', ...pairs]) => {
      Object.assign(
        this.cluster.machine(node).weather,
        Object.fromEntries(pairs.map((pair) => [pair.split('=')[0], Number(pair.split('=')[1])])),
      )
    },
    fitness: ([node = '', group = '', level = 'fit']) => {
      this.cluster
        .machine(node)
        .setFitness(group, { level: level as 'fit' | 'keep' | 'unfit', reasons: level === 'fit' ? [] : ['its check fails'] })
    },
    switchover: ([group = '', to = '', via]) => {
      const machine = this.cluster.machine(via ?? this.#coordinator())
      machine.tell({
        type: 'request',
        id: `r${++this.#requests}`,
        request: { type: 'switchover', group, ...(to === '' || to === '*' ? {} : { to }) },
      })
    },
    churn: ([group = '', first = '', second = '', times]) => this.#churn(group, [first, second], Number(times)),
    voters: ([node = '', ...voters]) => {
      const { spec } = this.#machineState(node)
      const next: ClusterSpec = { ...spec, nodes: spec.nodes.map((each) => ({ ...each, voter: voters.includes(each.id) })) }
      this.cluster.machine(node).tell({ type: 'configure', id: `c${++this.#requests}`, spec: next })
    },
    inject: ([node = '', type = '', ...pairs]) => {
      this.cluster.machine(node).receive(messageOf(node, type, pairs, this.cluster))
    },
    beats: ([on]) => {
      this.trace.beats = on === 'on'
    },
    writes: ([on]) => {
      this.trace.writes = on === 'on'
    },
    log: (args) => this.#machines(args).map(describeLog),
    status: (args) => this.#machines(args).map((machine) => this.#status(machine)),
    expect: (args) => [expectation(this.cluster, args)],
  }

  /** Starts everybody, `first` ahead of the others so that it coordinates, and puts groups where they are wanted; leaves no trace of it. */
  #settle(first: NodeId, placed: readonly string[]): void {
    const { queue, machines } = this.cluster
    this.cluster.machine(first).start()
    queue.runUntil(queue.now + 100)
    for (const machine of machines) machine.start()
    this.#until(['coordinator', first])
    queue.runUntil(queue.now + 500)
    for (const place of placed) {
      const [group = '', node = ''] = place.split('=')
      if (!this.cluster.machine(node).isUp(group)) this.#commands['switchover']?.([group, node])
      this.#until(['serving', group, node])
    }
    queue.runUntil(queue.now + 500)
    this.trace.take()
  }

  /** Moves a group to and fro, so that the log grows; leaves no trace of it. */
  #churn(group: string, nodes: readonly NodeId[], times: number): void {
    for (let move = 1; move <= times; move++) {
      const to = nodes[move % nodes.length] as NodeId
      this.#commands['switchover']?.([group, to])
      this.#until(['serving', group, to])
      this.cluster.queue.runUntil(this.cluster.queue.now + 150)
      this.trace.take()
    }
  }

  /** Lets time pass until something is so, for a minute at most. */
  #until(args: readonly string[]): string[] {
    const { queue } = this.cluster
    const end = queue.now + 60_000
    for (;;) {
      try {
        return [expectation(this.cluster, args)]
      } catch (error) {
        if (queue.now >= end) throw error
        queue.runUntil(queue.now + 1)
      }
    }
  }

  #status(machine: SimMachine): string {
    if (machine.process === null) return `${machine.id}: down`
    const status = machine.process.engine.status(machine.clock.local(this.cluster.queue.now))
    const groups = status.groups.map((group) => `${group.id}@${group.epoch}:${group.holder ?? '-'}${machine.isUp(group.id) ? '(up)' : ''}`)
    return `${machine.id}: ${status.role} term ${status.term} of ${status.coordinator ?? '-'} log ${status.lastIndex} commit ${status.commit} applied ${status.applied} voters ${status.voters.join('')} ${groups.join(' ')}`
  }

  #coordinator(): NodeId {
    const found = this.cluster.machines.find(
      (machine) => machine.process?.engine.status(machine.clock.local(this.cluster.queue.now)).role === 'coordinator',
    )
    if (found === undefined) throw new Error('nobody coordinates')
    return found.id
  }

  #machineState(node: NodeId): { spec: ClusterSpec } {
    const { written } = this.cluster.machine(node)
    const body = written.entries.findLast((entry) => entry.body.type === 'cluster')?.body
    return { spec: body?.type === 'cluster' ? body.spec : written.snapshot.state.spec }
  }

  #machines(args: readonly string[]): readonly SimMachine[] {
    return args.length === 0 ? this.cluster.machines : args.map((id) => this.cluster.machine(id))
  }

  #links(args: readonly string[], each: (from: NodeId, to: NodeId) => void): void {
    const nodes = this.cluster.machines.map(({ id }) => id)
    for (const { from, to } of args.flatMap((arg) => linksOf(arg, nodes))) each(from, to)
  }
}

/** A long log by its end. */
function describeLog({ id, written, durable }: SimMachine): string {
  const shown = written.entries.slice(-12).map(describeEntry)
  const left = written.entries.length - shown.length
  return `${id}: snapshot ${written.snapshot.index}.${written.snapshot.term} [${left > 0 ? `${left} more, ` : ''}${shown.join(', ')}] durable ${durable.lastIndex}`
}

/** The script with the trace that it leaves now. */
export function replay(text: string): Block[] {
  const scenario = new Scenario()
  return parseScript(text).map((block) => {
    const lines: string[] = []
    try {
      return { ...block, trace: scenario.run(block, lines) }
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      throw new Error([`${block.commands.join('; ')}: ${reason}`, ...lines.slice(-40), ...scenario.trace.take().slice(-40)].join('\n'), {
        cause: error,
      })
    }
  })
}
