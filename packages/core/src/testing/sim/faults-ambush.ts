import type { Message } from '../../model/index.ts'
import type { SimMachine } from './machine.ts'
import type { SeededRandom } from './random.ts'
import type { Scene } from './scene.ts'

/** Messages by which a node binds itself or others: moments at which a fault hurts most. */
const MOMENTS = {
  vote: (message: Message) => message.type === 'vote-answer' && message.granted && !message.pre,
  campaign: (message: Message) => message.type === 'vote-request' && !message.pre,
  acknowledgement: (message: Message) => message.type === 'append-answer' && message.ok,
  append: (message: Message) => message.type === 'append' && message.entries.length > 0,
  assignment: (message: Message) => message.type === 'append' && message.entries.some(({ body }) => body.type === 'assign'),
  configuration: (message: Message) => message.type === 'append' && message.entries.some(({ body }) => body.type === 'cluster'),
  snapshot: (message: Message) => message.type === 'install-snapshot',
  release: (message: Message) => message.type === 'beat' && message.released.length > 0,
  listing: (message: Message) => message.type === 'beat' && message.holds.some(({ state }) => state === 'claiming'),
} as const

const WEIGHTS = {
  vote: 6,
  campaign: 3,
  acknowledgement: 3,
  append: 3,
  assignment: 4,
  configuration: 3,
  snapshot: 2,
  release: 2,
  listing: 1,
} as const satisfies Record<keyof typeof MOMENTS, number>

/** Waits for the next message of one kind and strikes its sender just after it has left. */
export function ambush(scene: Scene, random: SeededRandom): void {
  const what = random.weighted(WEIGHTS)
  const only = random.chance(0.5) ? random.pick(scene.machines) : null
  let passes = random.pick([0, 0, 0, 1, 2])
  const isMoment = MOMENTS[what]
  scene.note(only?.id ?? '', 'AMBUSH', what)
  scene.watch((from, message) => {
    if ((only !== null && only.id !== from) || !isMoment(message)) return false
    if (passes-- > 0) return false
    const victim = scene.machines.find(({ id }) => id === from)
    if (victim !== undefined) scene.after(random.chance(0.3) ? 0 : random.between(0, 2), () => strike(scene, random, victim))
    return true
  })
}

function strike(scene: Scene, random: SeededRandom, victim: SimMachine): void {
  switch (random.weighted({ blink: 6, crash: 2, isolate: 3, mute: 2, freeze: 2 })) {
    case 'blink':
      return scene.crash(victim, random.between(0, 3))
    case 'crash':
      return scene.crash(victim, scene.lasting(random))
    case 'freeze':
      return scene.freeze(victim, random.int(6), scene.lasting(random))
    case 'isolate':
      return cutOff(scene, victim, true, scene.lasting(random))
    case 'mute':
      return cutOff(scene, victim, false, scene.lasting(random))
  }
}

function cutOff(scene: Scene, victim: SimMachine, bothWays: boolean, lasting: number): void {
  const others = scene.machines.map(({ id }) => id).filter((id) => id !== victim.id)
  const out = others.map((other) => [victim.id, other] as const)
  const back = bothWays ? others.map((other) => [other, victim.id] as const) : []
  scene.cut(victim.id, bothWays ? 'ambush, isolate' : 'ambush, mute', [...out, ...back], lasting)
}
