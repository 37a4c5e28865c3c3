import { SeededRandom } from '../sim/random.ts'

/** Chance that always draws the same, the middle unless told otherwise: what is unlikely does not happen, and delays are all alike. */
export class CalmRandom extends SeededRandom {
  /** In [0, 1). */
  luck = 0.499_999

  constructor() {
    super(1)
  }

  override next(): number {
    return this.luck
  }

  override fork(): SeededRandom {
    return this
  }
}
