/**
 * Clients of a balanced service: a new connection every `pitchMs`, as a balancer looks at each anew. Told `hold`, one that stays and goes on
 * speaking; what becomes of it is told as `held` and `lost`.
 */
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { nowMs } from '../system/libc.ts'

const { vip, port, pitchMs } = JSON.parse(process.argv[2] ?? '') as {
  readonly vip: string
  readonly port: number
  readonly pitchMs: number
}
const WAIT_MS = 1000
const SPEAK_MS = 20
const tell = (line: readonly unknown[]): void => void process.stdout.write(`${JSON.stringify(line)}\n`)

/** Who has answered, and when by its own clock. */
function readAnswer(data: Buffer): readonly [by: string, answeredAt: number] {
  const [by = '', at = ''] = data.toString().trim().split('\n').at(-1)?.split(' ') ?? []
  return [by, Number(at)]
}

function visit(seq: number): void {
  tell(['s', seq, nowMs()])
  const socket = connect({ host: vip, port })
  const timer = setTimeout(() => socket.destroy(), WAIT_MS)
  socket.on('error', () => socket.destroy())
  socket.on('close', () => clearTimeout(timer))
  socket.once('data', (data) => {
    const [by, answeredAt] = readAnswer(data)
    tell(['a', seq, nowMs(), answeredAt, by])
    // A port that waits is missed by those who come later.
    socket.resetAndDestroy()
  })
}

let held: Socket | null = null
function hold(): void {
  held?.removeAllListeners('close').destroy()
  const socket = connect({ host: vip, port })
  held = socket
  let code = 'closed'
  const speaking = setInterval(() => socket.write('hello\n'), SPEAK_MS)
  socket.on('error', (error: NodeJS.ErrnoException) => (code = error.code ?? 'error'))
  socket.on('data', (data) => tell(['held', nowMs(), readAnswer(data)[0]]))
  socket.on('close', () => {
    clearInterval(speaking)
    tell(['lost', nowMs(), code])
  })
}

createInterface({ input: process.stdin })
  .on('line', hold)
  .on('close', () => process.exit(0))
tell(['ready'])
let seq = 0
setInterval(() => visit((seq += 1)), pitchMs)
