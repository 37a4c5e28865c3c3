import { SeededRandom } from '../sim/random.ts'

/** Chance that always draws the middle: what is unlikely does not happen, and delays are all alike. */
export class CalmRandom extends SeededRandom {
  constructor() {
    super(1)
  }

  override next(): number {
    return 0.499_999
  }

  override fork(): SeededRandom {
    return this
  }
}
