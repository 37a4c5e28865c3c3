import type { NodeConfig } from '../config/types.ts'
import { askForHandOver } from './ask.ts'
import { handOverFormats } from './hand-over.ts'
import type { HandOver } from './hand-over.ts'
import { isAlive, takeInvitation, thisProcess } from './invitation.ts'
import type { Invitation } from './invitation.ts'
import { rehearse } from './rehearsal.ts'

export interface JoinOptions {
  readonly node: NodeConfig
  readonly version: string
  /** How this very program was started: file, then all arguments from the zeroth on. */
  readonly start: readonly string[]
}

/** A start that takes over from a daemon which runs. */
export interface Joining {
  /** Whose place this process only keeps; null: it is to stay. */
  readonly placeOf: Invitation | null
  /** Gets ready beside that daemon. Throws where this program could not serve here. */
  prepare(): Promise<void>
  /** Asks for everything; null: there is nobody any more who could hand over. Throws where the daemon refuses. */
  ask(): Promise<HandOver | null>
}

const watchMs = 500

/** null: this is a start like any other. */
export function joinFrom(env: NodeJS.ProcessEnv, { node, version, start }: JoinOptions): Joining | null {
  const invitation = takeInvitation(env)
  if (invitation === null) return null
  const { copy } = invitation
  let openMs = 0
  return {
    placeOf: copy === undefined ? null : invitation,
    async prepare() {
      if (copy === undefined) return
      try {
        openMs = await rehearse(node, copy)
      } catch (error) {
        process.stdout.write(error instanceof Error ? error.message : String(error))
        throw error
      }
    },
    ask() {
      const offer = { self: thisProcess(), version, formats: handOverFormats, start, openMs }
      return askForHandOver({ socket: node.api.socket, invitation, offer })
    },
  }
}

/** This process keeps the place of another: where that is gone for good, nobody will ever relieve this one. */
export function watchPlace({ of }: Invitation, onGone: () => void): () => void {
  const timer = setInterval(() => {
    if (isAlive(of)) return
    clearInterval(timer)
    onGone()
  }, watchMs).unref()
  return () => clearInterval(timer)
}
