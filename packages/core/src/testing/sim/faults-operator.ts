import type { MaintenanceOrder, NodeId } from '../../model/index.ts'
import { moveMs } from '../../model/index.ts'
import { drawChange } from './changes.ts'
import type { SimMachine } from './machine.ts'
import type { SeededRandom } from './random.ts'
import type { Scene } from './scene.ts'

export function switchover(scene: Scene, random: SeededRandom): void {
  const machine = random.pick(scene.machines)
  const groups = [...new Set(scene.machines.flatMap((each) => each.groups))]
  if (groups.length === 0) return
  const group = random.pick(groups)
  const to = random.chance(0.3) ? undefined : random.pick(scene.machines).id
  // Not everybody waits for as long as the API does.
  const withinMs = random.chance(0.5) ? moveMs : scene.lasting(random)
  machine.ask({ type: 'switchover', group, ...(to === undefined ? {} : { to }) }, withinMs)
}

export function stop(scene: Scene, random: SeededRandom): void {
  const machine = random.pick(scene.machines)
  scene.note(machine.id, 'SIGTERM', '')
  machine.tell({ type: 'stop' })
  scene.leave(machine, scene.leaseMs * 5)
}

/** A daemon is replaced by another version of itself, mostly within a lease. Most that are asked have something on its way at that time. */
export function upgrade(scene: Scene, random: SeededRandom): void {
  const afterMs = scene.leaseMs * random.pick([0, 0.1, 0.5, 0.9, 1, 1.5])
  for (const machine of random.shuffled(scene.machines).slice(0, 1 + random.int(2))) machine.upgrade(afterMs)
}

export function releaseAll(scene: Scene, random: SeededRandom): void {
  const machine = random.pick(scene.machines)
  machine.askToRelease()
  scene.leave(machine, scene.lasting(random))
}

/** Somebody drains, resumes, pauses or unpauses something, at any node. */
export function maintain(scene: Scene, random: SeededRandom): void {
  const machine = random.pick(scene.machines)
  const note = { at: scene.queue.now.toFixed(3), by: machine.id, what: 'an order of an operator' }
  const nodes = random.shuffled(machine.spec.nodes.map(({ id }) => id)).slice(0, 1 + random.int(2))
  const group = random.chance(0.3) ? null : random.pick(machine.spec.groups).id
  const order = random.pick<MaintenanceOrder>([
    { action: 'drain', nodes },
    { action: 'resume', nodes },
    { action: 'pause', group },
    { action: 'unpause', group },
  ])
  machine.askForChange({ type: 'maintain', order, force: random.chance(0.3), note }, () => undefined)
}

/** How often an operator asks again when a change is refused: it may only be too early. */
const TRIES = 4

/**
 * Somebody applies another configuration: mostly where it can be done, sometimes at a node that does not coordinate. It is
 * made from the configuration that this node has applied, which may be an old one.
 */
export function configure(scene: Scene, random: SeededRandom): void {
  const asked = random.chance(0.8) ? null : random.pick(scene.machines)
  const machine = asked ?? scene.coordinator ?? random.pick(scene.machines)
  const change = drawChange(machine.spec, scene.reserve, random)
  if (change === null) return
  const waitMs = Math.max(0, ...change.joining.map((id) => bringIn(scene, random, id)))
  const ask = (at: SimMachine, tries: number): void => {
    const mayComeAt = Math.max(...change.spec.nodes.map(({ id }) => scene.returning.get(id) ?? 0))
    if (mayComeAt > scene.queue.now) return scene.after(mayComeAt - scene.queue.now, () => ask(at, tries))
    scene.askToConfigure(at, change.spec, change.what, (refused) => {
      if (refused === null || tries === 1) return
      scene.after(scene.leaseMs * random.between(0.3, 1), () => ask(scene.coordinator ?? at, tries - 1))
    })
  }
  scene.after(waitMs, () => ask(machine, asked === null ? TRIES : 1))
}

/** Beats of the folder that a node had before it left must not be under way any more when it comes back with another one. */
const OLD_BEATS_LEASES = 8

/**
 * A node that joins is started about when it is added: before, after, or never soon enough. Who was a member once may come
 * back with an empty folder, once in a world, when it has left for good. Returns how long to wait before it is added.
 */
function bringIn(scene: Scene, random: SeededRandom, id: NodeId): number {
  const machine = scene.all.find((each) => each.id === id)
  if (machine === undefined) return 0
  const isReturning = machine.life > 0 && machine.hasFirstFolder && !scene.isMember(id)
  const waitMs = isReturning && random.chance(0.5) ? OLD_BEATS_LEASES * scene.leaseMs : 0
  if (waitMs > 0) {
    machine.renewFolder()
    scene.returning.set(id, scene.queue.now + waitMs)
  }
  scene.after(waitMs + random.pick([0, 0, scene.leaseMs]), () => machine.start())
  return waitMs
}
