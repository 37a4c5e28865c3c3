/** Asks whoever a name points at, as a program does that finds its server by DNS: it goes on with an answer for as long as that says. */
import { createSocket } from 'node:dgram'
import { Resolver } from 'node:dns/promises'
import { PORT, readAnswer, REQUEST_SIZE, writeRequest } from '../probes/packet.ts'
import { argument } from '../probes/loop.ts'
import { nowMs } from '../system/libc.ts'
import type { NamedClientOptions } from './named-client.ts'

const { name, resolver, pitchMs, forgets } = argument<NamedClientOptions>()
const TIMEOUT_MS = 500
/** After no answer it asks again so soon. */
const AGAIN_MS = 100

const dns = new Resolver({ timeout: TIMEOUT_MS, tries: 1 })
dns.setServers([resolver])
const socket = createSocket('udp4')
const request = Buffer.alloc(REQUEST_SIZE)
const tell = (line: readonly unknown[]): void => void process.stdout.write(`${JSON.stringify(line)}\n`)

let address: string | null = null
let askAt = 0
let isAsking = false
let seq = 0

async function resolve(): Promise<void> {
  isAsking = true
  try {
    const [answer] = await dns.resolve4(name, { ttl: true })
    if (answer !== undefined && answer.address !== address) tell(['named', nowMs(), answer.address])
    address = answer?.address ?? address
    askAt = forgets ? nowMs() + Math.max(1, answer?.ttl ?? 0) * 1000 : Infinity
  } catch {
    askAt = nowMs() + AGAIN_MS
  }
  isAsking = false
}

socket.on('message', (data) => {
  const answer = readAnswer(data, data.length)
  if (answer !== null) tell(['a', answer.seq, nowMs(), answer.answeredAt, answer.by])
})
// Nobody there is a loss like any other.
socket.on('error', () => undefined)
setInterval(() => {
  if (!isAsking && nowMs() >= askAt) void resolve()
  if (address === null) return
  writeRequest(request, (seq += 1))
  tell(['s', seq, nowMs()])
  socket.send(request, PORT, address, () => undefined)
}, pitchMs)
// Whoever made it is gone.
process.stdin.on('end', () => process.exit(0)).resume()
tell(['ready'])
