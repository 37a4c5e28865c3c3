import { setTimeout as sleep } from 'node:timers/promises'
import type { TakeOverOffer } from '../api/types.ts'
import type { Adoption } from '../model/index.ts'
import type { Ending } from '../runtime/driver.ts'
import { handOverOf } from './hand-over.ts'
import type { HandOver } from './hand-over.ts'
import { withInvitation } from './invitation.ts'
import type { UpgradeOptions } from './upgrade.ts'

/** How long what is on its way may take to come to rest, and another voter to coordinate. */
const restMs = 3000
const lookMs = 20
/** The answer must have left before this process becomes another, or ends. */
const answerMs = 200

/**
 * Hands everything over to the process that asks, and ends this life: this process becomes the same program as that one, or, where it only kept
 * the place of another, it is gone. Or why not; then all goes on.
 */
export async function handOverTo(options: UpgradeOptions, offer: TakeOverOffer): Promise<HandOver | string> {
  const { folder, version, clock, close, tellTheRest, keepsPlaceFor, began } = options
  const answered = Promise.withResolvers<void>()
  const leave = async (): Promise<void> => {
    await answered.promise
    await Promise.all([sleep(answerMs), tellTheRest()])
    if (keepsPlaceFor === null) become(offer)
    else process.exit(0)
  }
  const adoption = await whenAtRest(options, { code: 1, why: `handed over to version ${offer.version}`, leave })
  if (typeof adoption === 'string') return adoption
  const pauseMs = keepsPlaceFor === null ? 0 : (began().pauseMs ?? 0)
  const handOver = handOverOf(adoption, { folder, version, clock, pauseMs })
  try {
    await close()
    return handOver
  } finally {
    answered.resolve()
  }
}

/** Another voter coordinates, and all is at rest: then this life ends so. Or what it was that did not come to rest in time. */
async function whenAtRest({ driver, clock, unrest, keepsPlaceFor }: UpgradeOptions, ending: Ending): Promise<Adoption | string> {
  const until = clock.now() + restMs
  for (;;) {
    const { role, voters } = driver.engineStatus()
    const isCoordinator = role === 'coordinator' && voters.length > 1
    if (isCoordinator) driver.tell({ type: 'step-aside' })
    const isLast = clock.now() >= until
    // Who coordinates to the last does no harm: another one is elected.
    // Who only keeps a place is not to stay in it for anybody's sake.
    const others = keepsPlaceFor !== null && isLast ? null : unrest()
    const handed = isCoordinator && !isLast ? 'it coordinates the cluster' : (others ?? driver.handOver(ending))
    if (typeof handed !== 'string' || isLast) return handed
    await sleep(lookMs)
  }
}

/** The same process, and what it has started stays with it; its image, its memory and its threads are others from here on. */
function become({ self, start, word }: TakeOverOffer): void {
  const [file = '', ...args] = start
  process.execve?.(file, args, withInvitation({ word, of: self }, process.env))
}
