import { setTimeout as sleep } from 'node:timers/promises'
import { createClient } from '../api/client.ts'
import type { TakeOverOffer } from '../api/types.ts'
import { parseHandOver } from './hand-over.ts'
import type { HandOver } from './hand-over.ts'
import { isAlive } from './invitation.ts'
import type { Invitation } from './invitation.ts'

export interface AskOptions {
  readonly socket: string
  readonly invitation: Invitation
  readonly offer: Omit<TakeOverOffer, 'word'>
}

/** Between two questions to a daemon that has something on its way, or does not listen yet. */
const againMs = 50
/** It comes to rest before it answers, and closes what it has. */
const patienceMs = 30_000

/** The daemon does not let itself be replaced by this process. */
class NotReplaced extends Error {
  readonly fix = 'the daemon goes on; try again when all is at rest'
}

/**
 * Asks the daemon that runs to hand over. Whoever was rehearsing takes a no for an answer. Whoever stands in the place of the daemon already asks
 * until it is told, or there is nobody to ask any more: null, and this is a start like any other.
 */
export async function askForHandOver({ socket, invitation, offer }: AskOptions): Promise<HandOver | null> {
  const client = createClient({ socket, timeoutMs: patienceMs })
  for (;;) {
    try {
      const { handOver } = await client.takeOver({ ...offer, word: invitation.word })
      const read = parseHandOver(handOver)
      if (read === null) throw new NotReplaced('what was handed over is in no form that this version understands')
      return read
    } catch (error) {
      if (invitation.copy !== undefined || error instanceof NotReplaced) throw error
      if (!isAlive(invitation.of)) return null
    }
    await sleep(againMs)
  }
}
