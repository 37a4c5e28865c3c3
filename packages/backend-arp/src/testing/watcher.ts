/**
 * A program for tests: a client in the LAN. It prints a line of JSON for every statement of ownership of one address that
 * it hears, announcements included. With `shout` it says once that the address is its own. With `ask` it asks for the address every 2 ms by ARP or neighbour solicitation and
 * tries to connect to it every 4 ms: a refusal is an answer that both directions of IP were needed for. What it read at `at`
 * came after `since`: on a busy machine that may be much earlier.
 */
import { connect } from 'node:net'
import { openSockets } from '../ffi.ts'
import { KoffiDriver } from '../koffi-driver.ts'
import { announcementFrames, parseOwnership, probeFrame } from '../frames.ts'
import { macBytes, parseVip } from '../ip.ts'

const LOST_MS = 300
const wall = (): number => performance.timeOrigin + performance.now()
const say = (line: Readonly<Record<string, unknown>>): void => void process.stdout.write(`${JSON.stringify(line)}\n`)

const vip = parseVip(process.argv[2] ?? '')
const asking = process.argv[3] === 'ask'
const driver = new KoffiDriver(openSockets())
const link = (await driver.links()).find((candidate) => candidate.name === 'eth0')
if (vip === null || link === undefined) throw new Error('usage: watcher.ts <address/prefix> [ask]')
const port = await driver.port(link, vip.family)
const frame = probeFrame(vip, macBytes(link.mac ?? ''))
say({ ready: true })
if (process.argv[3] === 'shout') for (const lie of announcementFrames(vip, macBytes(link.mac ?? ''), false)) port.send(lie)
let lookedAt = wall()
setInterval(() => {
  if (asking) port.send(frame)
  const since = lookedAt
  const at = (lookedAt = wall())
  for (const arrived of port.receive()) {
    const ownership = parseOwnership(arrived)
    if (ownership?.ip.equals(vip.bytes) !== true) continue
    const form =
      vip.family === 6
        ? `na-${arrived[58]?.toString(16)}`
        : `arp-${arrived[21]}-${arrived.subarray(0, 6).toString('hex') === 'ffffffffffff' ? 'broadcast' : 'unicast'}`
    say({ at, since, mac: ownership.mac, form })
  }
}, 2)
if (asking) {
  setInterval(() => {
    const since = wall()
    const socket = connect({ host: vip.text, port: 9 })
    let open = true
    // An answer that waits to be read, because this program was kept from running, is not lost.
    const timer = setTimeout(() => setImmediate(() => open && end('lost')), LOST_MS)
    const end = (form: 'ip' | 'lost' | null): void => {
      open = false
      clearTimeout(timer)
      socket.destroy()
      if (form !== null) say({ at: wall(), since, form })
    }
    socket.on('error', (error: NodeJS.ErrnoException) => end(error.code === 'ECONNREFUSED' ? 'ip' : null))
  }, 4)
}
process.stdin.on('end', () => process.exit(0)).resume()
