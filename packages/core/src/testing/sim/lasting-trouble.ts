import { PENALTY_LEASES, STALL_LEASES } from '../../engine/tenures.ts'
import type { GroupId, NodeId } from '../../model/index.ts'
import { hasQuorumWithout, isExpendable, isSoByAll } from './expendable.ts'
import type { SimMachine } from './machine.ts'
import type { SeededRandom } from './random.ts'
import type { Scene } from './scene.ts'

/** Trouble that nobody ends. It leaves a quorum; whichever group has a node that it does not disable is to be served. */
export interface LastingTrouble {
  /** Leases until a coordinator must have learnt what the trouble makes impossible, beside what any recovery takes. */
  readonly learningLeases: number
  /** Does it keep the node from taking up the group? */
  readonly disables: (node: NodeId, group: GroupId) => boolean
}

/** One kind of it, begun on this machine. null: it would leave too little there. */
type Kind = (scene: Scene, machine: SimMachine, random: SeededRandom) => LastingTrouble | null

/** A check says for good that the node is unfit for a group. */
function unfit(scene: Scene, machine: SimMachine, random: SeededRandom): LastingTrouble {
  const served = machine.groups.filter((group) => machine.isUp(group))
  const group = random.pick(served.length > 0 ? served : machine.groups)
  scene.note(machine.id, 'UNFIT', `${group}, for good`)
  machine.setFitness(group, { level: 'unfit', reasons: ['a simulated check fails for good'] })
  return { learningLeases: 0, disables: (node, other) => node === machine.id && other === group }
}

/**
 * No claim on the node comes to anything, and after a restart there is nothing that it need not claim. All others may have failed until
 * now: until the penalty of one of them ends there is nobody to go to, and all that time the group may be here.
 */
function backend(scene: Scene, machine: SimMachine, random: SeededRandom): LastingTrouble {
  const claims = random.pick(['fail', 'hang'] as const)
  scene.note(machine.id, 'BACKEND', `claims ${claims} for good`)
  machine.weather.claims = claims
  machine.crash('kill -9')
  machine.start()
  return { learningLeases: PENALTY_LEASES + STALL_LEASES, disables: (node) => node === machine.id }
}

/**
 * A disk that takes no write any more. One that says so keeps its node from being given a group, but not from keeping one. One that hangs
 * says nothing before a write is due: the node, which has just started, is given groups again and can never take them up.
 */
function disk(scene: Scene, machine: SimMachine, random: SeededRandom): LastingTrouble | null {
  if (!isSoByAll(scene.machines, (spec) => hasQuorumWithout(machine.id, spec))) return null
  const hangs = random.chance(0.5)
  scene.note(machine.id, 'DISK', `${hangs ? 'hangs' : 'fails'} for good`)
  if (hangs) {
    machine.crash('kill -9')
    machine.start()
    machine.disk.stall(Infinity)
  } else machine.disk.setFailing('input/output error')
  return { learningLeases: STALL_LEASES, disables: (node) => node === machine.id }
}

/**
 * Two nodes do not hear each other any more, or one the other: what the one assigns the other may never learn of. Either may coordinate,
 * so each group needs another node than the one and another than the other.
 */
function link(scene: Scene, machine: SimMachine, random: SeededRandom): LastingTrouble | null {
  const ends = scene.machines.filter(({ id }) => isSoByAll(scene.machines, (spec) => isExpendable(id, spec)))
  const others = ends.filter((end) => end !== machine)
  if (others.length === 0 || others.length === ends.length) return null
  const [from, to] = [machine.id, random.pick(others).id]
  const way = random.pick(['there', 'back', 'both'] as const)
  scene.note(from, 'CUT', `${from} and ${to}, ${way}, for good`)
  if (way !== 'back') scene.network.setCut(from, to, true)
  if (way !== 'there') scene.network.setCut(to, from, true)
  return { learningLeases: STALL_LEASES, disables: () => false }
}

/** Begins lasting trouble, mostly where a group is served. null: there is none. */
export function drawLastingTrouble(scene: Scene, random: SeededRandom): LastingTrouble | null {
  const candidates = scene.machines.filter(({ groups }) => groups.length > 0)
  const serving = candidates.filter((machine) => machine.groups.some((group) => machine.isUp(group)))
  const kind = random.pick<Kind>([unfit, backend, disk, link])
  if (candidates.length === 0) return null
  return kind(scene, random.pick(serving.length > 0 && random.chance(0.7) ? serving : candidates), random)
}
