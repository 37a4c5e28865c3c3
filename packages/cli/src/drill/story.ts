import { setTimeout as sleep } from 'node:timers/promises'
import type { Client, StatusAnswer } from '@movip/core/client'
import { outlookOf } from '@movip/core/drill'
import type { Picture } from '@movip/core/forecast'
import { CommandError, exitCodes } from '../failure.ts'

export type Engine = StatusAnswer['engine']
type Group = Engine['groups'][number]

const lookMs = 50

/**
 * What the daemon of this node knows, looked at again and again. The daemon may be the one that is killed, and a node that is cut off
 * knows nothing new: both are waited for.
 */
export class Story {
  readonly #client: Pick<Client, 'status'>
  readonly #signal: AbortSignal

  /** `signal`: nobody waits for the end of the fault any more. */
  constructor(client: Pick<Client, 'status'>, signal: AbortSignal) {
    this.#client = client
    this.#signal = signal
  }

  /** The first look at which something is so. null: it was not within the time. */
  async until<T>(look: (engine: Engine) => T | null, withinMs: number, options: { readonly always?: boolean } = {}): Promise<T | null> {
    const giveUpAt = performance.now() + withinMs
    while (performance.now() < giveUpAt) {
      if (options.always !== true && this.#signal.aborted) throw interrupted()
      const engine = await this.#look()
      const found = engine === null ? null : look(engine)
      if (found !== null) return found
      await sleep(lookMs)
    }
    return null
  }

  async #look(): Promise<Engine | null> {
    try {
      return (await this.#client.status()).engine
    } catch (error) {
      if (error instanceof Error && error.name === 'ClientError') return null
      throw error
    }
  }
}

function interrupted(): CommandError {
  return new CommandError({ exitCode: exitCodes.failed, code: 'INTERRUPTED', message: 'the drill was broken off', fix: null })
}

export function groupIn(engine: Engine, id: string): Group | undefined {
  return engine.groups.find((group) => group.id === id)
}

/** The group, once another assignment than that one is served. */
export function servedAnew(engine: Engine, id: string, before: number): { readonly holder: string; readonly epoch: number } | null {
  const group = groupIn(engine, id)
  if (group === undefined || group.holder === null || group.epoch <= before || group.state !== 'active') return null
  return { holder: group.holder, epoch: group.epoch }
}

/** Everything about the group is as it should be, so that it could be moved by hand. */
export function isAtRest(engine: Engine, spec: Picture['spec'], id: string): boolean {
  return outlookOf({ spec, status: engine }, id, 'switchover').refusal === null
}
