import { ambush } from './faults-ambush.ts'
import { lateCall } from './faults-cloud.ts'
import { emptied, oldCopy } from './faults-folder.ts'
import { bridge, clog, isolate, lossy, oneWay, pair, split } from './faults-network.ts'
import { configure, maintain, releaseAll, stop, switchover, upgrade } from './faults-operator.ts'
import type { SeededRandom } from './random.ts'
import type { Scene } from './scene.ts'

/** Makes one kind of trouble at this moment and sees to it that it ends. */
type Fault = (scene: Scene, random: SeededRandom) => void

function crash(scene: Scene, random: SeededRandom): void {
  scene.crash(random.pick(scene.machines), scene.lasting(random))
}

function reboot(scene: Scene, random: SeededRandom): void {
  const machine = random.pick(scene.machines)
  machine.reboot()
  scene.after(scene.lasting(random), () => machine.start())
}

function crashAll(scene: Scene, random: SeededRandom): void {
  for (const machine of scene.machines) scene.crash(machine, scene.lasting(random) * random.next())
}

function freeze(scene: Scene, random: SeededRandom): void {
  const effects = random.chance(0.3) ? 0 : 1 + random.int(12)
  scene.freeze(random.pick(scene.machines), effects, scene.lasting(random))
}

function tardy(scene: Scene, random: SeededRandom): void {
  const machine = random.pick(scene.machines)
  machine.latenessMs = random.between(1, 60)
  scene.after(scene.lasting(random), () => (machine.latenessMs = 1))
}

/** The daemon measures its own lateness; what it then says must at worst move groups away. */
function lateness(scene: Scene, random: SeededRandom): void {
  const machine = random.pick(scene.machines)
  const latenessMs = scene.leaseMs * random.pick([0.3, 0.6, 2])
  scene.note(machine.id, 'LATENESS', `${latenessMs.toFixed(0)} ms`)
  machine.tell({ type: 'lateness', latenessMs })
  scene.after(scene.lasting(random), () => machine.tell({ type: 'lateness', latenessMs: 1 }))
}

function diskStall(scene: Scene, random: SeededRandom): void {
  const machine = random.pick(scene.machines)
  const lasting = scene.lasting(random)
  scene.note(machine.id, 'STALL', `${lasting.toFixed(0)} ms`)
  machine.disk.stall(scene.queue.now + lasting)
}

function diskFail(scene: Scene, random: SeededRandom): void {
  const machine = random.pick(scene.machines)
  const lasting = scene.lasting(random)
  const reason = random.pick(['no space left on device', 'input/output error', 'read-only file system'])
  scene.note(machine.id, 'DISK FAILS', `${reason}, ${lasting.toFixed(0)} ms`)
  machine.disk.setFailing(reason)
  scene.after(lasting, () => machine.disk.setFailing(null))
}

function backend(scene: Scene, random: SeededRandom): void {
  const machine = random.pick(scene.machines)
  Object.assign(machine.weather, {
    failRate: random.pick([0, 0.3, 1]),
    hangRate: random.pick([0, 0.2, 0.7]),
    unknownRate: random.pick([0, 0.5, 1]),
    latencyMs: random.pick([2, 20, 150]),
  })
  scene.note(machine.id, 'BACKEND', { ...machine.weather })
  scene.after(scene.lasting(random), () => machine.clearWeather())
}

function fitness(scene: Scene, random: SeededRandom): void {
  const machine = random.pick(scene.machines)
  if (machine.groups.length === 0) return
  const group = random.pick(machine.groups)
  machine.setFitness(group, { level: random.pick(['unfit', 'keep']), reasons: ['a simulated check'] })
  scene.after(scene.lasting(random), () => machine.setFitness(group, { level: 'fit', reasons: [] }))
}

function removed(scene: Scene, random: SeededRandom): void {
  const machine = random.pick(scene.machines)
  if (machine.groups.length > 0) machine.removeAddress(random.pick(machine.groups))
}

/** Every kind of trouble and how often it comes. What has no weight here is drawn world by world. */
export const FAULTS = {
  crash: { weight: 10, make: crash },
  freeze: { weight: 8, make: freeze },
  isolate: { weight: 6, make: isolate },
  split: { weight: 5, make: split },
  bridge: { weight: 3, make: bridge },
  oneWay: { weight: 8, make: oneWay },
  pair: { weight: 5, make: pair },
  clog: { weight: 6, make: clog },
  lossy: { weight: 4, make: lossy },
  diskStall: { weight: 6, make: diskStall },
  diskFail: { weight: 4, make: diskFail },
  backend: { weight: 5, make: backend },
  fitness: { weight: 5, make: fitness },
  switchover: { weight: 14, make: switchover },
  stop: { weight: 4, make: stop },
  removed: { weight: 3, make: removed },
  tardy: { weight: 3, make: tardy },
  lateness: { weight: 3, make: lateness },
  releaseAll: { weight: 1, make: releaseAll },
  crashAll: { weight: 1, make: crashAll },
  reboot: { weight: 4, make: reboot },
  emptied: { weight: 1, make: emptied },
  oldCopy: { weight: 2, make: oldCopy },
  ambush: { weight: 0, make: ambush },
  configure: { weight: 0, make: configure },
  lateCall: { weight: 0, make: lateCall },
  maintain: { weight: 0, make: maintain },
  upgrade: { weight: 0, make: upgrade },
} as const satisfies Record<string, { readonly weight: number; readonly make: Fault }>

/** Names of what can go wrong. */
export type FaultName = keyof typeof FAULTS
