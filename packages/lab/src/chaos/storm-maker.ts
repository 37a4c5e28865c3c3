/** Makes the faults of a storm when they are due, each at a target that no other fault has taken, and ends them. */
import { setTimeout as sleep } from 'node:timers/promises'
import { nowMs } from '../system/libc.ts'
import type { Arena } from './arena.ts'
import { NothingDone } from './fault.ts'
import type { FaultKind, FaultRun, Field, Target } from './fault.ts'
import type { PlannedFault, Storm } from './plan.ts'

export interface StormMakerOptions<F extends Field> {
  readonly arena: F
  /** Who serves the group now, and who coordinates; null: nobody known. */
  readonly holderOf: (group: string) => string | null
  readonly coordinator: () => string | null
  readonly say: (text: string) => void
  /** The run is over before its time. */
  readonly signal: AbortSignal
}

/** How many faults of a kind were made, could not be made, or found no free target. */
export interface Count {
  made: number
  missed: number
  crowdedOut: number
}

/** Mostly it hits whom it hurts. */
const AT_HOLDER = 0.5
const AT_COORDINATOR = 0.75

export class StormMaker<F extends Field = Arena> {
  /** All faults so far, the forgotten ones aside. */
  runs: FaultRun[] = []
  readonly counts = new Map<string, Count>()
  /** Why faults could not be made or ended; the latter is a failure of the run. */
  readonly missed: string[] = []
  readonly stuck: string[] = []
  private readonly options: StormMakerOptions<F>
  private readonly taken = new Map<string, number>()

  constructor(options: StormMakerOptions<F>) {
    this.options = options
  }

  /** Resolves when the last fault has ended. */
  async play(storm: Storm<FaultKind<F>>): Promise<void> {
    const begin = nowMs()
    const all: Promise<void>[] = []
    for (const fault of storm.faults) {
      await this.sleepUntil(begin + fault.atMs)
      all.push(this.make(fault))
    }
    await Promise.all(all)
    await this.sleepUntil(begin + storm.lengthMs)
  }

  /** Drops what ended before. */
  forget(before: number): void {
    this.runs = this.runs.filter(({ to }) => to === null || to >= before)
  }

  private async make(fault: PlannedFault<FaultKind<F>>): Promise<void> {
    const { kind, id } = fault
    const count = this.countOf(kind)
    const target = this.targetOf(fault)
    if (target === null) return void count.crowdedOut++
    const resources = kind.takes(target)
    for (const resource of resources) this.taken.set(resource, Number.POSITIVE_INFINITY)
    const run: FaultRun = {
      id,
      kind: kind.name,
      node: target.node.name,
      title: kind.title(target),
      reach: kind.reach(target),
      from: nowMs(),
      to: null,
    }
    this.runs.push(run)
    this.options.say(`#${id} ${kind.name} ${run.title}${fault.lengthMs > 0 ? `, ${(fault.lengthMs / 1000).toFixed(1)} s` : ''}`)
    try {
      await this.endure(fault, target, run)
      count.made++
    } catch (error) {
      count.missed++
      this.missed.push(`#${id} ${run.title}: ${firstLine(error)}`)
      if (error instanceof NothingDone) this.runs = this.runs.filter((other) => other !== run)
    }
    run.to = nowMs()
    for (const resource of resources) this.taken.set(resource, run.to + (kind.restMs ?? 0))
  }

  /** Throws when the fault could not be made. One that cannot be ended is remembered. */
  private async endure(fault: PlannedFault<FaultKind<F>>, target: Target<F>, run: FaultRun): Promise<void> {
    const heal = await fault.kind.inject(this.options.arena, target)
    await this.sleepUntil(run.from + fault.lengthMs)
    try {
      await heal()
    } catch (error) {
      this.stuck.push(`#${run.id} ${run.title} could not be ended: ${firstLine(error)}`)
    }
  }

  /** The one that is aimed at, or the next whom no other fault has taken. */
  private targetOf({ kind, random }: PlannedFault<FaultKind<F>>): Target<F> | null {
    const { arena, holderOf, coordinator } = this.options
    const group = random.pick(arena.groups)
    const [aim, draw] = [random.next(), random.next()]
    const named = (name: string | null): F['cluster']['daemons'][number][] => arena.cluster.daemons.filter((daemon) => daemon.name === name)
    const drawn = random.shuffled(arena.cluster.daemons)
    const holder = named(holderOf(group.name))
    const aimed = aim < AT_HOLDER ? holder : aim < AT_COORDINATOR ? named(coordinator()) : []
    const nodes = kind.at === 'holder' ? holder : kind.at === undefined ? [...aimed, ...drawn] : named(kind.at.node)
    const others = random.shuffled(arena.cluster.daemons)
    for (const node of nodes) {
      const other = others.find((candidate) => candidate !== node)
      if (other === undefined) return null
      const target: Target<F> = { node, other, group, draw, random }
      if (kind.takes(target).every((resource) => (this.taken.get(resource) ?? 0) <= nowMs())) return target
    }
    return null
  }

  private async sleepUntil(at: number): Promise<void> {
    await sleep(Math.max(0, at - nowMs()), undefined, { signal: this.options.signal })
  }

  private countOf({ name }: FaultKind<F>): Count {
    const count = this.counts.get(name) ?? { made: 0, missed: 0, crowdedOut: 0 }
    this.counts.set(name, count)
    return count
  }
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? ''
}
