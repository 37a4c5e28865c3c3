import type { NodeId } from '../../model/index.ts'
import type { SimMachine } from './machine.ts'
import type { SeededRandom } from './random.ts'
import type { Scene } from './scene.ts'

type Cut = readonly [NodeId, NodeId]

interface Sides {
  readonly chosen: NodeId
  readonly others: readonly NodeId[]
  readonly half: readonly NodeId[]
  readonly rest: readonly NodeId[]
}

/** One node, and the others in two parts. */
function sides(scene: Scene, random: SeededRandom, one: SimMachine = random.pick(scene.machines)): Sides {
  const chosen = one.id
  const others = random.shuffled(scene.machines.map(({ id }) => id).filter((id) => id !== chosen))
  const half = others.slice(0, Math.ceil(others.length / 2))
  return { chosen, others, half, rest: others.slice(half.length) }
}

function between(some: readonly NodeId[], others: readonly NodeId[]): Cut[] {
  return some.flatMap((a) => others.flatMap((b) => bothWays(a, b)))
}

function bothWays(a: NodeId, b: NodeId): Cut[] {
  return [
    [a, b],
    [b, a],
  ]
}

/** `one` is named, or drawn. */
export function isolate(scene: Scene, random: SeededRandom, one?: SimMachine): void {
  const { chosen, others } = sides(scene, random, one)
  scene.cut(chosen, 'isolate', between([chosen], others), scene.lasting(random))
}

export function split(scene: Scene, random: SeededRandom): void {
  const { chosen, half, rest } = sides(scene, random)
  scene.cut(chosen, 'split', between([chosen, ...rest], half), scene.lasting(random))
}

/** Only the chosen node is heard by all. */
export function bridge(scene: Scene, random: SeededRandom): void {
  const { chosen, half, rest } = sides(scene, random)
  scene.cut(chosen, 'bridge', between(half, rest), scene.lasting(random))
}

export function pair(scene: Scene, random: SeededRandom): void {
  const { chosen, others } = sides(scene, random)
  scene.cut(chosen, 'pair', between([chosen], others.slice(0, 1)), scene.lasting(random))
}

export function oneWay(scene: Scene, random: SeededRandom): void {
  const { chosen, others } = sides(scene, random)
  const deaf = random.chance(0.5)
  const far = random.chance(0.5) ? others : others.slice(0, 1)
  const cuts = far.map((other): Cut => (deaf ? [other, chosen] : [chosen, other]))
  scene.cut(chosen, deaf ? 'deaf' : 'mute', cuts, scene.lasting(random))
}

/** Messages of one direction wait and arrive together. */
export function clog(scene: Scene, random: SeededRandom): void {
  const { chosen, others } = sides(scene, random)
  const to = others[0] ?? chosen
  if (to === chosen) return
  const lasting = scene.lasting(random)
  scene.note(chosen, 'CLOG', `${chosen}->${to}, ${lasting.toFixed(0)} ms`)
  scene.network.setClogged(chosen, to, true)
  scene.after(lasting, () => scene.network.setClogged(chosen, to, false))
}

export function lossy(scene: Scene, random: SeededRandom): void {
  const rate = random.pick([0.05, 0.3, 0.6])
  const lasting = scene.lasting(random)
  scene.note('', 'LOSSY', `${rate}, ${lasting.toFixed(0)} ms`)
  scene.network.setLossEverywhere(rate)
  scene.after(lasting, () => scene.network.setLossEverywhere(0))
}
