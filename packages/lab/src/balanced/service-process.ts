/** A service behind a balancer: it tells its name and the time to whoever connects or says a line. */
import { createServer } from 'node:net'
import { nowMs } from '../system/libc.ts'
import { SERVICE_PORT } from './ports.ts'

const { name } = JSON.parse(process.argv[2] ?? '') as { readonly name: string }
const server = createServer((socket) => {
  const tell = (): void => void socket.write(`${name} ${nowMs()}\n`)
  socket.on('error', () => socket.destroy())
  socket.on('data', tell)
  tell()
})
process.stdin.on('close', () => process.exit(0)).resume()
server.listen(SERVICE_PORT, '::', () => process.stdout.write('["ready"]\n'))
