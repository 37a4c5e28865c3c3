/** A client: opens connections and speaks over them, as lines on its standard input say, and tells who has answered. */
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { createInterface } from 'node:readline'

/** `open` makes a new connection, `speak` uses one; the answer bears the number of the order. */
export interface ClientOrder {
  readonly id: number
  readonly type: 'open' | 'speak'
  readonly connection: number
  readonly address: string
  readonly port: number
}

const WAIT_MS = 700
const connections = new Map<number, Socket>()
const tell = (id: number, by: string): void => void process.stdout.write(`${JSON.stringify(['answer', id, by])}\n`)

createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, type, connection, address, port } = JSON.parse(line) as ClientOrder
  const socket = type === 'open' ? connect({ host: address, port }) : connections.get(connection)
  if (socket === undefined) return tell(id, 'no connection')
  connections.set(connection, socket)
  const timer = setTimeout(() => tell(id, 'silence'), WAIT_MS)
  const end = (by: string): void => {
    clearTimeout(timer)
    socket.removeAllListeners('data')
    tell(id, by)
  }
  socket.removeAllListeners('error').on('error', (error: NodeJS.ErrnoException) => end(error.code ?? 'error'))
  socket.once('data', (data) => end(data.toString().trim()))
  if (type === 'speak') socket.write('hello\n')
  return undefined
})
process.stdin.on('close', () => process.exit(0))
process.stdout.write('["ready"]\n')
