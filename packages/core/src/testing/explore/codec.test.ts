import { describe, expect, it } from 'vitest'
import { bootstrapStored } from '../../engine/apply.ts'
import { createEngine, engineOf } from '../../engine/engine.ts'
import type { Effect, Engine, EngineStatus, Input } from '../../engine/types.ts'
import type { Message, NodeId } from '../../model/index.ts'
import { SeededRandom } from '../sim/random.ts'
import { Machines } from './machines.ts'
import { WORLDS } from './worlds.ts'
import type { World } from './worlds.ts'

type WithoutNow<T> = T extends unknown ? Omit<T, 'now'> : never

/** The same node twice: an engine that runs on, and one that is stored and loaded between any two steps. */
interface Twin {
  readonly id: NodeId
  readonly live: Engine
  readonly writes: number[]
  readonly answers: WithoutNow<Input>[]
  stored: number
  leased: number
}
interface Flight {
  readonly to: number
  readonly live: Message
  readonly stored: number
  age: number
}

/** Drives both through one random schedule; `compare` sees every step. */
class Twins {
  readonly machines: Machines
  readonly twins: Twin[]
  readonly flying: Flight[] = []
  readonly #world: World
  #ticks = 0

  constructor(world: World) {
    this.#world = world
    this.machines = new Machines(world)
    const stored = bootstrapStored(world.spec)
    this.twins = this.machines.nodes.map((id) => ({
      id,
      live: createEngine({
        self: id,
        incarnation: { dataId: `data-${id}`, generation: 1 },
        stored,
        now: this.now(id),
        random: () => world.luck[id] ?? 0,
      }),
      writes: [],
      answers: [{ type: 'swept' }, ...fitFor(id, world)],
      stored: this.machines.first(id),
      leased: 0,
    }))
    for (const twin of this.twins) this.#both(twin, { type: 'wake' }, this.machines.do(twin.stored, 'restart'))
  }

  now(id: NodeId): number {
    return 5000 + this.#ticks * (this.#world.tickMs[id] ?? 0)
  }
  step(random: SeededRandom): void {
    const twin = random.pick(this.twins)
    if (random.chance(0.6) && this.flying.length > 0) {
      const [flight] = this.flying.splice(random.chance(0.8) ? 0 : random.int(this.flying.length), 1)
      const to = this.twins[flight!.to]!
      this.#both(to, { type: 'message', message: flight!.live }, this.machines.hear(to.stored, flight!.stored))
    } else if (twin.writes.length > 0) {
      this.#both(twin, { type: 'persisted', id: twin.writes.shift()! }, this.machines.do(twin.stored, 'persist'))
    } else if (twin.answers.length > 0) this.#both(twin, twin.answers.shift()!, this.machines.do(twin.stored, 'answer'))
    else if (random.chance(0.1)) this.#tick()
  }
  #tick(): void {
    this.#ticks += 1
    const aged = this.flying.splice(0).filter((flight) => flight.age < 6)
    this.flying.push(...aged.map((flight) => ({ ...flight, stored: this.machines.codec.age(flight.stored), age: flight.age + 1 })))
    for (const twin of this.twins) {
      const isDue = this.machines.machine(twin.stored).brain!.wakeAt <= this.#world.tickMs[twin.id]!
      this.#both(twin, isDue ? { type: 'wake' } : null, this.machines.do(twin.stored, 'tick'))
    }
  }
  #both(twin: Twin, news: WithoutNow<Input> | null, result: number): void {
    const violation = this.machines.broken(result)
    if (violation !== undefined) throw violation
    const effects = news === null ? [] : twin.live.step({ ...news, now: this.now(twin.id) } as Input)
    twin.stored = this.machines.next(result)
    const sends = effects.filter((effect) => effect.type === 'send')
    expect(this.machines.sent(result)).toBe(sends.length)
    for (const [position, { message }] of sends.entries()) {
      const stored = this.machines.sentMessage(result, position)
      const to = this.machines.sentTo(result, position)
      expect(withoutTimes(this.machines.codec.load(stored))).toEqual(withoutTimes(message))
      for (const [other] of this.twins.entries())
        if (to === other || (to < 0 && this.twins[other] !== twin)) this.flying.push({ to: other, live: message, stored, age: 0 })
    }
    for (const effect of effects) noteEffect(twin, effect)
    const status = engineOf(this.machines.machine(twin.stored).brain!).status(0)
    expect(withoutLongAgo(status)).toEqual(withoutLongAgo(twin.live.status(this.now(twin.id))))
  }
}

/** How long a node has been silent is not told apart beyond two leases. */
function withoutLongAgo(status: EngineStatus): EngineStatus {
  const nodes = status.nodes.map((node) => ({ ...node, heardAgoMs: node.heardAgoMs === null ? null : Math.min(node.heardAgoMs, 600) }))
  return { ...status, nodes }
}

function fitFor(node: NodeId, { spec }: World): WithoutNow<Input>[] {
  const groups = spec.groups.filter(({ nodes }) => nodes.includes(node))
  return groups.map(({ id }) => ({ type: 'fitness', group: id, fitness: { level: 'fit', reasons: [] } }))
}

function noteEffect(twin: Twin, effect: Effect): void {
  if (effect.type === 'persist') twin.writes.push(effect.write.id)
  if (effect.type === 'drop') twin.answers.push({ type: 'released', group: effect.group, epoch: effect.epoch })
  if (effect.type !== 'lease' || effect.epoch === twin.leased) return
  twin.leased = effect.epoch
  twin.answers.push({ type: 'holding', group: effect.group, epoch: effect.epoch, state: 'active' })
}

function withoutTimes(message: unknown): unknown {
  return JSON.parse(JSON.stringify(message, (key, value: unknown) => (key === 'sentAt' ? 0 : value)))
}

describe('an engine that is stored and loaded between any two steps', () => {
  it.each(['calm', 'skewed', 'witness'])('does exactly what one does that runs on (%s)', (name) => {
    const world = WORLDS.find((other) => other.name === name)!
    let served = 0
    for (let seed = 1; seed <= 3; seed += 1) {
      const random = new SeededRandom(seed)
      const twins = new Twins(world)
      for (let step = 0; step < 700; step += 1) twins.step(random)
      if (twins.twins.some(({ leased }) => leased > 0)) served += 1
    }
    expect(served).toBeGreaterThan(1)
  })

  it('gets one number for what is equal, and ages instants on the clock that they are of', () => {
    const world = WORLDS.find(({ name }) => name === 'calm')!
    const { codec } = new Machines(world)
    const message = { type: 'timeout-now', from: 'a', incarnation: { dataId: 'd', generation: 1 }, to: 'b', term: 3 }
    expect(codec.store({ ...message })).toBe(codec.store({ ...message }))
    expect(codec.age(codec.store(message))).toBe(codec.store(message))
    expect(() => codec.store({ sinceWhen: 3 }, 'b')).toThrow('is the number "sinceWhen" an instant?')
    const right = codec.store({ until: 250, epoch: 3 }, 'b')
    expect(codec.load(codec.age(right, 'b'))).toEqual({ until: 150, epoch: 3 })
  })
})
