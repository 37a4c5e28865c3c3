/** Which faults come when: drawn from the seed, whole, before anything runs. Pure. */
import { SeededRandom } from '@movip/core/testing/random'

/** What the plan has to know of a kind of fault. */
export interface Drawable {
  readonly name: string
  readonly weight: number
  readonly lengthMs: readonly [least: number, most: number]
}

export interface PlannedFault<K> {
  readonly id: number
  /** After the beginning of its storm. */
  readonly atMs: number
  readonly kind: K
  readonly lengthMs: number
  /** Its own, so that nothing of what it meets shifts the fortune of the others. */
  readonly random: SeededRandom
}

/** A time of faults. After each comes a calm. */
export interface Storm<K> {
  readonly lengthMs: number
  readonly faults: readonly PlannedFault<K>[]
}

export interface PlanOptions<K> {
  readonly seed: number
  readonly totalMs: number
  /** How long each calm lasts. */
  readonly calmMs: number
  readonly kinds: readonly K[]
}

const STORM_MS = [12_000, 40_000] as const
/** The mean time between two beginnings: from lone faults to many at once. */
const GAP_MS = [500, 3000] as const

export function planStorms<K extends Drawable>({ seed, totalMs, calmMs, kinds }: PlanOptions<K>): readonly Storm<K>[] {
  const random = new SeededRandom(seed)
  const storms: Storm<K>[] = []
  let ids = 0
  for (let leftMs = totalMs - calmMs; leftMs >= STORM_MS[0];) {
    const drawnMs = random.between(...STORM_MS)
    // Too short a rest for another storm belongs to this one.
    const lengthMs = leftMs - drawnMs < calmMs + STORM_MS[0] ? leftMs : drawnMs
    const faults = drawFaults(random.fork(), lengthMs, kinds).map((fault) => ({ ...fault, id: ++ids }))
    storms.push({ lengthMs, faults })
    leftMs -= lengthMs + calmMs
  }
  return storms
}

/** Each storm has a mixture of its own. */
function drawFaults<K extends Drawable>(random: SeededRandom, stormMs: number, kinds: readonly K[]): Omit<PlannedFault<K>, 'id'>[] {
  const weights = Object.fromEntries(kinds.map(({ name, weight }) => [name, weight * random.between(0.1, 2)]))
  const meanMs = random.between(...GAP_MS)
  const faults: Omit<PlannedFault<K>, 'id'>[] = []
  for (let atMs = gap(random, meanMs); atMs < stormMs; atMs += gap(random, meanMs)) {
    const name = random.weighted(weights)
    const own = random.fork()
    const kind = kinds.find((candidate) => candidate.name === name)
    if (kind === undefined) throw new Error(`there is no fault ${name}`)
    const [least, most] = kind.lengthMs
    // Short ones are as interesting as long ones: every doubling is equally likely.
    const drawnMs = least === 0 ? 0 : least * (most / least) ** own.next()
    faults.push({ atMs, kind, lengthMs: Math.min(drawnMs, Math.max(least, stormMs - atMs)), random: own })
  }
  return faults
}

function gap(random: SeededRandom, meanMs: number): number {
  return -Math.log(1 - random.next()) * meanMs
}
