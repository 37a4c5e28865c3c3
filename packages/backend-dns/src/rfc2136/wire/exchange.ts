import { connect } from 'node:net'

export interface Server {
  readonly host: string
  readonly port: number
}

/** Why there was no answer, as something a person can look into. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer'
}

const LENGTH_BYTES = 2

/**
 * Sends one message over a TCP connection of its own, and resolves with the answer. TCP because answers are of any length there, and because
 * nobody can slip in one of their own. Rejects with `NoAnswer`.
 */
export function exchange({ host, port }: Server, message: Buffer, timeoutMs: number, signal: AbortSignal): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  const socket = connect({ host, port })
  let received = Buffer.alloc(0)
  const end = (why: string): void => {
    socket.destroy()
    reject(new NoAnswer(why))
  }
  const onAbort = (): void => end('nobody waits for the answer any more')
  const timer = setTimeout(() => end(`no answer within ${timeoutMs} ms`), timeoutMs)
  signal.addEventListener('abort', onAbort, { once: true })
  if (signal.aborted) onAbort()
  socket
    .on('connect', () => {
      const length = Buffer.alloc(LENGTH_BYTES)
      length.writeUInt16BE(message.length)
      socket.write(Buffer.concat([length, message]))
    })
    .on('data', (data: Buffer) => {
      received = Buffer.concat([received, data])
      if (received.length < LENGTH_BYTES) return
      const whole = LENGTH_BYTES + received.readUInt16BE(0)
      if (received.length >= whole) resolve(received.subarray(LENGTH_BYTES, whole))
    })
    .on('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message))
    .on('end', () => end('it has closed the connection without an answer'))
  return promise.finally(() => {
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
    socket.destroy()
  })
}
