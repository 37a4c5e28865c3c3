import { createServer } from 'node:net'
import type { Server, Socket } from 'node:net'
import type { HealthAnswers } from '../backend.ts'

/** Whoever asks closes the connection itself, and soon. */
const OPEN_MS = 10_000

export interface TcpDoor {
  readonly server: Server
  /** Resets whatever connection is open. */
  hangUp(): void
}

/** Answers by a connection that stands, or is reset. */
export function tcpDoor(answers: HealthAnswers): TcpDoor {
  const open = new Set<Socket>()
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    const from = socket.remoteAddress ?? ''
    const isServing = answers.isServing()
    if (isServing) {
      open.add(socket)
      socket.on('close', () => open.delete(socket))
      socket.setTimeout(OPEN_MS, () => socket.destroy())
      // The end of the other side is seen only by reading.
      socket.resume()
    } else socket.resetAndDestroy()
    answers.onAsked(from, isServing)
  })
  return {
    server,
    hangUp() {
      for (const socket of open) socket.resetAndDestroy()
    },
  }
}
