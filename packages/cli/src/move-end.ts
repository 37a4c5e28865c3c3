import { setTimeout as sleep } from 'node:timers/promises'
import type { Client, MovesAnswer } from '@movip/core/client'

export type Move = MovesAnswer['moves'][number]

/** The new holder looks at what it has claimed, says so with its next beat, and the coordinator writes it down: mostly within this. */
const patienceMs = 5000
const lookMs = 50

/** The move to that epoch, once its end is told; as it stands, when nobody tells it in time. null: the cluster does not remember it. */
export async function untilEnded(client: Pick<Client, 'moves'>, epoch: number): Promise<Move | null> {
  const giveUpAt = performance.now() + patienceMs
  for (;;) {
    // The move itself is done: that a daemon of an earlier version cannot tell its phases is no failure.
    const told = await client.moves().catch(() => null)
    if (told === null) return null
    const move = told.moves.find((known) => known.epoch === epoch) ?? null
    if ((move !== null && isEnded(move)) || performance.now() > giveUpAt) return move
    await sleep(lookMs)
  }
}

function isEnded({ phases, failed }: Move): boolean {
  return phases?.claimMs !== undefined || failed !== undefined
}
