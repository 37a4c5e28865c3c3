import { switchoverMs } from '../../runtime/open-requests.ts'
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
  const withinMs = random.chance(0.5) ? switchoverMs : scene.lasting(random)
  machine.ask({ type: 'switchover', group, ...(to === undefined ? {} : { to }) }, withinMs)
}

export function stop(scene: Scene, random: SeededRandom): void {
  const machine = random.pick(scene.machines)
  scene.note(machine.id, 'SIGTERM', '')
  machine.tell({ type: 'stop' })
  scene.leave(machine, scene.leaseMs * 5)
}

export function releaseAll(scene: Scene, random: SeededRandom): void {
  const machine = random.pick(scene.machines)
  machine.askToRelease()
  scene.leave(machine, scene.lasting(random))
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
  // A node that joins is started about when it is added: before, after, or never soon enough.
  for (const id of change.joining) {
    const joining = scene.all.find((each) => each.id === id)
    if (joining !== undefined) scene.after(random.pick([0, 0, scene.leaseMs]), () => joining.start())
  }
  const ask = (at: SimMachine, tries: number): void => {
    at.askToConfigure(change.spec, change.what, (refused) => {
      if (refused === null || tries === 1) return
      scene.after(scene.leaseMs * random.between(0.3, 1), () => ask(scene.coordinator ?? at, tries - 1))
    })
  }
  ask(machine, asked === null ? TRIES : 1)
}
