import { CLOUD } from './addresses.ts'
import { isolate } from './faults-network.ts'
import type { SeededRandom } from './random.ts'
import type { Scene } from './scene.ts'

/** A node is given what a cloud moves; its claim hangs on the way, and just then the node dies, stands still or is cut off. */
export function lateCall(scene: Scene, random: SeededRandom): void {
  const machine = random.pick(scene.machines)
  const groups = machine.spec.groups.filter(({ nodes, endpoints }) => nodes.includes(machine.id) && endpoints.some(isInCloud))
  if (groups.length === 0) return
  const [what, fork] = [random.pick(['crash', 'freeze', 'isolate'] as const), random.fork()]
  scene.note(machine.id, 'LATE CALL', what)
  machine.onCloudClaim = () => {
    const { hangRate } = machine.weather
    machine.onCloudClaim = null
    machine.weather.hangRate = 1
    scene.after(random.between(0, 300), () => {
      machine.weather.hangRate = hangRate
      if (what === 'crash') scene.crash(machine, scene.lasting(fork))
      else if (what === 'freeze') scene.freeze(machine, 0, scene.lasting(fork))
      else isolate(scene, fork, machine)
    })
  }
  scene.coordinator?.ask({ type: 'switchover', group: random.pick(groups).id, to: machine.id })
}

function isInCloud({ backend }: { readonly backend: string }): boolean {
  return backend === CLOUD
}
