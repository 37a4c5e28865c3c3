import type { Effect } from '../../engine/types.ts'
import type { ClusterSpec, GroupId, Message, NodeId, Write } from '../../model/index.ts'
import type { CallResult, RunnerEffect } from '../../runner/types.ts'
import type { EngineNews } from '../../runtime/turns.ts'
import { FENCE } from './addresses.ts'
import type { SimAddresses } from './addresses.ts'
import type { MachineOptions, SimMachine } from './machine.ts'
import type { Surroundings } from './process.ts'

type Call = Parameters<Surroundings['call']>[0]
type Renewal = Parameters<Surroundings['renew']>[0]

/** The machine as one life of its daemon meets it: what the daemon wants done is done here, in sight of the checkers. */
export class LifeSurroundings implements Surroundings {
  readonly name: string
  readonly #machine: SimMachine
  readonly #options: MachineOptions
  readonly #addresses: SimAddresses
  readonly #life: number
  readonly #aborts = new Map<number, () => void>()
  /** Groups of whose fitness this life was told. */
  readonly #judged = new Set<GroupId>()

  constructor(machine: SimMachine, options: MachineOptions, addresses: SimAddresses) {
    this.name = `${machine.id}/${machine.life}`
    this.#machine = machine
    this.#options = options
    this.#addresses = addresses
    this.#life = machine.life
  }

  write(write: Write): void {
    const machine = this.#machine
    machine.checks?.writes(machine, write)
    machine.written.apply(write)
    machine.disk.write(write)
  }

  send(to: NodeId | 'all', message: Message): void {
    const machine = this.#machine
    // Of an outcast nothing is expected but that nobody listens to it.
    if (!machine.isOutcast) machine.checks?.sent(machine, message)
    this.#options.send(machine.id, to, message)
  }

  call(call: Call): void {
    const machine = this.#machine
    const endpoint = this.#addresses.find(call.group, call.endpoint)
    if (endpoint === undefined) throw new Error(`${machine.id} calls ${call.group}/${call.endpoint}, which it does not have`)
    if (call.operation === 'claim' && endpoint.capabilities.exclusive) machine.onCloudClaim?.()
    if (call.operation === 'release' && (endpoint.capabilities.service?.order ?? -1) >= 0)
      machine.checks?.services.stops(machine, call.group)
    const settle = (result: CallResult): void => {
      if (this.#life !== machine.life) return
      this.#aborts.delete(call.call)
      machine.process?.tellRunner({ type: 'settled', call: call.call, result })
    }
    this.#aborts.set(call.call, endpoint.call(call.operation, call.grant, call.epoch, this.#life, settle))
  }

  abort(call: number): void {
    this.#aborts.get(call)?.()
  }

  renew({ group, endpoint, grant }: Renewal): boolean {
    return this.#addresses.find(group, endpoint)?.renew(grant) ?? false
  }

  seesEffect(effect: Effect): void {
    const machine = this.#machine
    if (!machine.isOutcast || effect.type !== 'fatal') machine.checks?.does(machine, this.#life, effect)
    if (effect.type === 'wake') return
    if (this.#isNoted(effect)) machine.note('does', effect.type === 'send' ? effect.message : effect)
    if (effect.type === 'spec') this.#onSpec(effect.spec)
    if (effect.type === 'stopped') this.#onStopped()
    if (effect.type === 'fatal') this.#onFatal()
  }

  seesRunnerEffect(effect: RunnerEffect): void {
    const machine = this.#machine
    if (!machine.isOutcast) machine.checks?.runs(machine, this.#life, effect)
    if (effect.type !== 'wake' && (this.#options.timeline.keepsAll || effect.type !== 'renew')) machine.note('runner', effect)
  }

  seesNews(news: EngineNews): void {
    const machine = this.#machine
    if (news.type === 'released') {
      machine.checks?.rights.released(machine, news.group, news.epoch)
      machine.checks?.services.released(machine, news.group, news.epoch)
    } else if (news.type === 'swept') machine.checks?.rights.swept(machine)
    if (this.#options.timeline.keepsAll && news.type !== 'message' && news.type !== 'wake') machine.note('learns', news)
  }

  seesStep(news: EngineNews, effects: readonly Effect[]): void {
    const machine = this.#machine
    const { parts, clock, queue } = this.#options
    const engine = machine.process?.engine
    if (engine === undefined || machine.isOutcast) return
    const applied = parts.applied?.(engine) ?? null
    machine.checks?.stepped(machine, { life: this.#life, now: clock.local(queue.now), news, effects, applied })
  }

  lateness(): number {
    const { random } = this.#options
    const { latenessMs } = this.#machine
    return random.chance(0.01) ? random.between(0, latenessMs * 20) : random.between(0, latenessMs)
  }

  /** What comes again and again is noted only where everything is. */
  #isNoted(effect: Effect): boolean {
    if (this.#options.timeline.keepsAll) return true
    return effect.type === 'send' ? effect.message.type !== 'beat' : effect.type !== 'lease'
  }

  /** Gives the runner the endpoints of the configuration, and the engine word of the fitness for what is new to this life. */
  #onSpec(spec: ClusterSpec): void {
    const machine = this.#machine
    machine.spec = spec
    this.#addresses.add(spec)
    for (const group of this.#addresses.groups) {
      const here = spec.groups.find(({ id, nodes }) => id === group && nodes.includes(machine.id))
      const wanted: readonly { readonly id: string }[] = [
        ...(here?.fence === undefined ? [] : [{ id: FENCE }]),
        ...(here?.service ?? []),
        ...(here?.endpoints ?? []),
      ]
      const endpoints = wanted.flatMap(({ id }) => {
        const found = this.#addresses.find(group, id)
        return found === undefined ? [] : [{ id, capabilities: found.capabilities }]
      })
      machine.process?.tellRunner({ type: 'endpoints', group, endpoints })
    }
    for (const group of machine.groups) {
      if (this.#judged.has(group)) continue
      this.#judged.add(group)
      const tell = (): void => machine.tell({ type: 'fitness', group, fitness: machine.fitnessOf(group) })
      machine.later(this.#options.random.between(0, 50), tell)
    }
  }

  /** The daemon does nothing any more, and then its process is gone. */
  #onStopped(): void {
    const machine = this.#machine
    machine.process?.close()
    machine.checks?.replies.stopped(machine)
    machine.checks?.ended(machine)
    machine.later(0, () => machine.crash('stopped'))
  }

  /** The daemon marks the folder and ends. */
  #onFatal(): void {
    this.#machine.isGone = true
    this.#machine.crash('a wrong folder')
  }
}
