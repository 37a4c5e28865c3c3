/**
 * A program for tests: a client in the LAN. It prints a line of JSON for every statement of ownership of one address that
 * it hears, announcements included. With `shout` it says once that the address is its own. With `ask` it asks for the address every 2 ms by ARP or neighbour solicitation and
 * tries to connect to it every 4 ms: a refusal is an answer that both directions of IP were needed for.
 */
import { connect } from 'node:net'
import { openSockets } from '../ffi.ts'
import { KoffiDriver } from '../koffi-driver.ts'
import { announcementFrames, parseOwnership, probeFrame } from '../frames.ts'
import { macBytes, parseVip } from '../ip.ts'

const vip = parseVip(process.argv[2] ?? '')
const asking = process.argv[3] === 'ask'
const driver = new KoffiDriver(openSockets())
const link = (await driver.links()).find((candidate) => candidate.name === 'eth0')
if (vip === null || link === undefined) throw new Error('usage: watcher.ts <address/prefix> [ask]')
const port = await driver.port(link, vip.family)
const frame = probeFrame(vip, macBytes(link.mac ?? ''))
process.stdout.write(`${JSON.stringify({ ready: true })}\n`)
if (process.argv[3] === 'shout') for (const lie of announcementFrames(vip, macBytes(link.mac ?? ''), false)) port.send(lie)
setInterval(() => {
  if (asking) port.send(frame)
  const at = performance.timeOrigin + performance.now()
  for (const arrived of port.receive()) {
    const ownership = parseOwnership(arrived)
    if (ownership?.ip.equals(vip.bytes) !== true) continue
    const form =
      vip.family === 6
        ? `na-${arrived[58]?.toString(16)}`
        : `arp-${arrived[21]}-${arrived.subarray(0, 6).toString('hex') === 'ffffffffffff' ? 'broadcast' : 'unicast'}`
    process.stdout.write(`${JSON.stringify({ at, mac: ownership.mac, form })}\n`)
  }
}, 2)
if (asking) {
  setInterval(() => {
    const socket = connect({ host: vip.text, port: 9 })
    const timer = setTimeout(() => {
      socket.destroy()
      process.stdout.write(`${JSON.stringify({ at: performance.timeOrigin + performance.now(), form: 'lost' })}\n`)
    }, 300)
    socket.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer)
      if (error.code === 'ECONNREFUSED')
        process.stdout.write(`${JSON.stringify({ at: performance.timeOrigin + performance.now(), form: 'ip' })}\n`)
    })
  }, 4)
}
process.stdin.on('end', () => process.exit(0)).resume()
