import { Brain } from '../../engine/brain.ts'
import { engineOf } from '../../engine/engine.ts'
import type { Engine } from '../../engine/types.ts'
import { createRunner } from '../../runner/runner.ts'
import type { Parts } from './machine.ts'

/** Whose engine it is: checkers look at what it has applied. */
const brains = new WeakMap<Engine, Brain>()

/** What a daemon is made of: nothing of it is written for the simulator. */
export const shippedParts: Parts = {
  engine(options) {
    const brain = new Brain(options)
    const engine = engineOf(brain)
    brains.set(engine, brain)
    return engine
  },
  runner: ({ self, now, adopted }) => createRunner({ self, ...(adopted === undefined ? {} : { adopted: { leases: adopted, at: now } }) }),
  applied(engine) {
    const brain = brains.get(engine)
    return brain === undefined ? null : { index: brain.applied, state: brain.state }
  },
}
