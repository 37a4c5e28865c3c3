/** Watches a chaos run while it goes on, and judges what it sees as soon as all that belongs to it is in. */
import type { Window } from '../analysis/outage.ts'
import type { WatchedGroup } from './arena.ts'
import { eventOf } from './event-of.ts'
import { explain } from './explain.ts'
import type { Explanation, World } from './explain.ts'
import type { FaultRun } from './fault.ts'
import { GroupWatch } from './group-watch.ts'
import type { Finding, OutageRecord } from './judgement.ts'
import { NO_EVENT, STARVED, tellOf } from './judgement.ts'
import type { LogLine, LogTail } from './log-tail.ts'
import { tell } from './log-tail.ts'
import type { ClientOutage } from './outage-watch.ts'
import { STARVE } from './process-faults.ts'
import type { CpuLook } from './starvation.ts'
import { starvation } from './starvation.ts'
import type { Exit } from './supervisor.ts'

export interface UmpireOptions {
  readonly arena: {
    readonly groups: readonly WatchedGroup[]
    readonly logs: Pick<LogTail, 'poll' | 'between' | 'forget'>
    readonly cpu: { look(): CpuLook }
    readonly supervisor: { readonly exits: readonly Exit[] }
  }
  readonly world: World
  /** Shorter stretches without an answer are noise. */
  readonly floorMs: number
  /** The beginning of the run. */
  readonly zero: number
  /** All faults of the last minutes. */
  readonly runs: () => readonly FaultRun[]
  readonly say: (text: string) => void
}

/** After that everything that happened then has been read. */
const SETTLED_MS = 1500
const DUAL_EVERY_MS = 1000
const MEMORY_MS = 120_000
/** What lasts longer is not owed to the machine. */
const CPU_MEMORY_MS = 15_000
/** Longer than any moment in which the machine, or the umpire, may be busy with something else. */
const SERVED_MS = 1000
const LOG_BEFORE_MS = 2000
const LOG_AFTER_MS = 1000
const LOG_LINES_MAX = 80
/** A daemon that says this is broken, whatever was done to it. */
const NEVER = new Set(['broken', 'fatal'])

export class Umpire {
  readonly outages: OutageRecord[] = []
  readonly findings: Finding[] = []
  readonly watches: readonly GroupWatch[]
  private readonly options: UmpireOptions
  private readonly pending: { readonly watch: GroupWatch; readonly outage: ClientOutage }[] = []
  private readonly convicted = new Set<string>()
  private cpuLooks: CpuLook[] = []
  /** Of ever newer terms. */
  private readonly coordinators: { readonly at: number; readonly term: number; readonly node: string }[] = []
  private dualAt = 0
  private exitsSeen = 0

  constructor(options: UmpireOptions) {
    this.options = options
    this.watches = options.arena.groups.map((group) => new GroupWatch(group, options.floorMs))
  }

  get coordinator(): string | null {
    return this.coordinators.at(-1)?.node ?? null
  }

  holderOf(group: string): string | null {
    return this.watches.find(({ name }) => name === group)?.outages.server ?? null
  }

  /** To be called as often as it may cost: what may have been waited before or after an outage excuses nothing. */
  lookAtCpus(): void {
    this.cpuLooks.push(this.options.arena.cpu.look())
  }

  /** To be called several times a second. */
  look(now: number): void {
    for (const line of this.options.arena.logs.poll(now)) this.onLine(line)
    for (const watch of this.watches) for (const outage of watch.look(now)) this.pending.push({ watch, outage })
    if (now >= this.dualAt) this.lookForTwo(now)
    this.judge(now)
  }

  /** The end of the run: what goes on is judged as if it ended now. */
  close(now: number): void {
    for (const watch of this.watches) {
      const outage = watch.outages.running()
      if (outage !== null) this.pending.push({ watch, outage })
    }
    this.lookForTwo(now)
    this.judge(now + SETTLED_MS)
  }

  /** Every group has to be served by now. */
  demandService(now: number): void {
    for (const watch of this.watches) {
      if (watch.isServed(now, SERVED_MS)) continue
      this.find(`${watch.name} is not served ${this.options.world.graceMs} ms after the last fault`, { from: now, to: now })
    }
  }

  find(what: string, window: Window, faults?: readonly FaultRun[]): void {
    const { world, zero, arena, runs, say } = this.options
    const ran =
      faults ?? runs().filter(({ from, to }) => from <= window.to && (to ?? Number.POSITIVE_INFINITY) + world.graceMs >= window.from)
    const log = arena.logs.between(window.from - LOG_BEFORE_MS, window.to + LOG_AFTER_MS).map((line) => tell(line, zero))
    this.findings.push({
      what,
      fromMs: window.from - zero,
      toMs: window.to - zero,
      faults: ran.map((run) => describe(run, zero)),
      log: log.length <= LOG_LINES_MAX ? log : [...log.slice(0, LOG_LINES_MAX / 2), '...', ...log.slice(-LOG_LINES_MAX / 2)],
    })
    say(`FOUND ${what}`)
  }

  private onLine({ at, node, event, fields }: LogLine): void {
    const term = event === 'role' && fields['role'] === 'coordinator' ? Number(fields['term']) : -1
    if (term > (this.coordinators.at(-1)?.term ?? -1)) this.coordinators.push({ at, term, node })
    if (NEVER.has(event)) this.find(`${node} says ${event}: ${JSON.stringify(fields).slice(0, 200)}`, { from: at, to: at })
  }

  private lookForTwo(now: number): void {
    this.dualAt = now + DUAL_EVERY_MS
    for (const watch of this.watches) watch.lookForTwo(now)
    this.options.arena.logs.forget(now - MEMORY_MS)
    this.cpuLooks = this.cpuLooks.filter(({ to }) => to >= now - CPU_MEMORY_MS)
  }

  private judge(now: number): void {
    const settled = (to: number): boolean => to <= now - SETTLED_MS
    for (let [first] = this.pending; first !== undefined && settled(first.outage.to); [first] = this.pending) {
      this.pending.shift()
      this.judgeOutage(first.watch, first.outage)
    }
    for (const watch of this.watches) {
      for (const overlap of watch.answers.overlaps) if (settled(overlap.to)) this.convict(watch, 'two nodes answered', overlap)
      for (const overlap of watch.wire.overlaps) if (settled(overlap.to)) this.convict(watch, 'two nodes spoke on the wire', overlap)
    }
    const { exits } = this.options.arena.supervisor
    while (this.exitsSeen < exits.length && settled(exits[this.exitsSeen]?.at ?? now)) this.judgeExit(this.exitsSeen++)
  }

  private judgeOutage(watch: GroupWatch, outage: ClientOutage): void {
    const { arena, world, runs, zero } = this.options
    const explanation = explain(outage, watch.name, runs(), world)
    const { cause, ran } = explanation
    const parties = { nodes: this.nodesOf(outage), burning: ran.some(({ kind }) => kind === STARVE) }
    const starved = cause === null ? starvation(outage, this.cpuLooks, parties) : null
    const event = eventOf(arena.logs.between(outage.from - LOG_BEFORE_MS, outage.to + LOG_AFTER_MS / 2), watch.name)
    this.outages.push({
      group: watch.name,
      atMs: outage.from - zero,
      lengthMs: outage.lengthMs,
      cause: starved === null ? (cause?.kind ?? null) : STARVED,
      fault: cause?.title ?? null,
      events: event ?? NO_EVENT,
      starved,
      faults: ran.length,
    })
    const text = `${watch.name} not served for ${outage.lengthMs.toFixed(0)} ms (${outage.before} to ${outage.after}): ${event ?? NO_EVENT}`
    this.options.say(`${text}; ${starved === null ? (cause?.title ?? 'no fault explains it') : tellOf(starved)}`)
    const isSilent = event === null && outage.lengthMs > world.leaseMs
    if (isSilent) this.find(`the daemons say nothing of it: ${text}`, outage, ran)
    if (starved === null) this.judgeExcuse(text, outage, explanation)
  }

  /** Those whose doing an outage depends on: who served before it and after it, and who coordinated meanwhile. */
  private nodesOf({ from, to, before, after }: ClientOutage): readonly string[] {
    const old = this.coordinators.findLastIndex(({ at }) => at <= from)
    const coordinated = this.coordinators.slice(Math.max(0, old)).filter(({ at }) => at <= to)
    return [...new Set([before, after, ...coordinated.map(({ node }) => node)])].filter((node) => node !== null)
  }

  private judgeExcuse(text: string, outage: ClientOutage, { cause, ran, overdue }: Explanation): void {
    if (cause === null) this.find(`no fault explains: ${text}`, outage, ran)
    else if (overdue) this.find(`longer than recovery may take: ${text}`, outage, ran)
  }

  private convict(watch: GroupWatch, what: string, overlap: Window): void {
    const key = `${watch.name} ${what} ${overlap.from}`
    if (this.convicted.has(key)) return
    this.convicted.add(key)
    this.find(`TWO HOLDERS of ${watch.name}: ${what} for ${(overlap.to - overlap.from).toFixed(1)} ms`, overlap)
  }

  /** A daemon that ends by itself needs a reason: something that was done to it. */
  private judgeExit(index: number): void {
    const exit = this.options.arena.supervisor.exits[index]
    if (exit === undefined) return
    const { graceMs } = this.options.world
    const had = this.options
      .runs()
      .filter(({ node, from, to }) => node === exit.node && from <= exit.at && (to ?? exit.at) + graceMs >= exit.at)
    if (exit.code !== null && had.length > 0) return
    this.find(`the daemon of ${exit.node} ended by itself (${exit.code ?? 'by a signal'})`, { from: exit.at, to: exit.at })
  }
}

function describe({ id, title, from, to }: FaultRun, zero: number): string {
  return `#${id} ${title}, ${((from - zero) / 1000).toFixed(3)} to ${to === null ? 'now' : ((to - zero) / 1000).toFixed(3)}`
}
