/** A backend: it tells its name to whoever connects or says a line, and answers probes as it is told to by lines on its standard input. */
import { createServer as createHttp } from 'node:http'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { HEALTH_PORT, SERVICE_PORT } from './ports-for-tests.ts'

export interface BackendArgument {
  readonly name: string
  /** Where it is asked. */
  readonly own: string
}
/** How it answers probes: with a status, or not at all. */
export type Mood = 200 | 503 | 'hang'

const { name, own } = JSON.parse(process.argv[2] ?? '') as BackendArgument
let mood: Mood = 503
const service = createServer((socket) => {
  socket.on('error', () => socket.destroy())
  socket.write(`${name}\n`)
  socket.on('data', () => socket.write(`${name}\n`))
})
const health = createHttp((_, response) => {
  if (mood !== 'hang') response.writeHead(mood, { connection: 'close' }).end()
})
createInterface({ input: process.stdin }).on('line', (line) => {
  mood = JSON.parse(line) as Mood
})
process.stdin.on('close', () => process.exit(0))
// Also at its own address, for balancers that rewrite.
service.listen(SERVICE_PORT, '0.0.0.0', () => health.listen(HEALTH_PORT, own, () => process.stdout.write('["ready"]\n')))
