import { createEngine } from '../../engine/engine.ts'
import { createRunner } from '../../runner/runner.ts'
import type { Parts } from './machine.ts'

/** What a daemon is made of: nothing of it is written for the simulator. */
export const shippedParts: Parts = {
  engine: createEngine,
  runner: ({ self }) => createRunner({ self }),
}
