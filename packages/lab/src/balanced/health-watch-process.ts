/** Asks all nodes how they are, far more often than a balancer does, and tells whenever one says that it is well. */
import { request } from 'node:http'
import { connect } from 'node:net'
import { nowMs } from '../system/libc.ts'
import type { Watched } from './health-watch.ts'

const { nodes, door, pitchMs } = JSON.parse(process.argv[2] ?? '') as Watched & { readonly pitchMs: number }
const WAIT_MS = 500
const well = (name: string, at: number): void => void process.stdout.write(`${JSON.stringify(['well', at, name])}\n`)

function askHttp(name: string, host: string, path: string): void {
  const asked = request({ host, port: door.port, path, agent: false, signal: AbortSignal.timeout(WAIT_MS) }, (response) => {
    if (response.statusCode === 200) well(name, nowMs())
    response.resume()
  })
  asked.on('error', () => undefined)
  asked.end()
}

function askTcp(name: string, host: string): void {
  const socket = connect({ host, port: door.port, signal: AbortSignal.timeout(WAIT_MS) })
  socket.on('error', () => undefined)
  socket.on('connect', () => {
    well(name, nowMs())
    socket.resetAndDestroy()
  })
}

setInterval(() => {
  for (const { name, address } of nodes) {
    if (door.path === undefined) askTcp(name, address)
    else askHttp(name, address, door.path)
  }
}, pitchMs)
process.stdin.on('close', () => process.exit(0)).resume()
process.stdout.write('["ready"]\n')
