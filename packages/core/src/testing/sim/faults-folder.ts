import { isExpendable } from './expendable.ts'
import type { SimMachine } from './machine.ts'
import type { SeededRandom } from './random.ts'
import type { Scene } from './scene.ts'

/** A node comes back with an empty data folder, without anybody having changed the configuration: it is not the old voter. */
export function emptied(scene: Scene, random: SeededRandom): void {
  const machine = random.pick(scene.machines)
  const pauseMs = scene.leaseMs * random.pick([0, 0.1, 0.5, 3])
  if (!mayBecomeOutcast(scene, machine, 1)) return
  scene.note(machine.id, 'EMPTIED', '')
  machine.empty()
  scene.after(pauseMs, () => machine.start())
}

/** A data folder is put back from a copy that at least two later lives have surpassed. */
export function oldCopy(scene: Scene, random: SeededRandom): void {
  const machine = random.pick(scene.machines)
  const copy = machine.copyFolder()
  const pauseMs = scene.leaseMs * random.pick([0, 0.1, 0.5, 3])
  scene.after(scene.leaseMs * random.between(2, 15), () => {
    if (!mayBecomeOutcast(scene, machine, copy.generation + 2)) return
    scene.note(machine.id, 'OLD COPY', `of life ${copy.generation} is put back`)
    machine.putBack(copy)
    scene.after(pauseMs, () => machine.start())
  })
}

/**
 * One node of a world at most, one that is not needed, and only where all others have on their disks that the cluster knows it,
 * in that life or a later one: before, nobody could tell a wrong folder from the right one.
 */
function mayBecomeOutcast(scene: Scene, machine: SimMachine, generation: number): boolean {
  const { machines, ledger } = scene
  if (machines.some(({ isOutcast }) => isOutcast)) return false
  const others = machines.filter((other) => other !== machine)
  if (!others.every(({ durable }) => isExpendable(machine.id, durable.spec))) return false
  for (let index = 1; index <= ledger.length; index++) {
    const entry = ledger.entryAt(index)
    if (entry?.body.type !== 'bind' || entry.body.node !== machine.id || entry.body.generation < generation) continue
    if (others.every(({ durable }) => durable.holds(entry.index, entry.term) && durable.lastIndex >= entry.index)) return true
  }
  return false
}
