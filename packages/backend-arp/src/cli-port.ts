import { spawn } from 'node:child_process'
import type { Logger } from '@movip/core/backend'
import { run } from './command.ts'
import type { Link, PacketPort } from './driver.ts'
import { announcementFrames, parseOwnership } from './frames.ts'
import { ipText, macBytes, parseVip } from './ip.ts'

/** Sends frames that come as lines of hexadecimal, and prints those that arrive and pass the filter. */
const RELAY = `
import select, socket, sys
device, protocol = sys.argv[1], int(sys.argv[2])
wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
wire.bind((device, protocol))
pending = b''
sys.stdout.write('ready\\n'); sys.stdout.flush()
import os
while True:
    for source in select.select([0, wire], [], [])[0]:
        if source == 0:
            chunk = os.read(0, 65536)
            if not chunk: sys.exit(0)
            lines = (pending + chunk).split(b'\\n')
            pending = lines.pop()
            for line in lines:
                try: wire.send(bytes.fromhex(line.decode()))
                except OSError: pass
        else:
            try: frame, address = wire.recvfrom(2048)
            except OSError: continue
            if address[2] != 4 and (protocol == 0x0806 or (len(frame) > 54 and frame[20] == 58 and frame[54] == 136)):
                sys.stdout.write(frame.hex() + '\\n'); sys.stdout.flush()
`

/**
 * Raw frames without native code: a small relay in python3 where there is one. Else iputils' `arping`, which can announce
 * and probe IPv4 addresses only: an IPv6 VIP is then neither announced nor probed, and clients find it by themselves.
 */
export async function openCliPort(link: Link, family: 4 | 6, logger: Logger): Promise<PacketPort> {
  const relay = await startRelay(link, family)
  if (relay !== null) return relay
  const { code, stdout, stderr } = await run('arping', ['-V'])
  if (code === 0 && /iputils/.test(stdout + stderr) && family === 4) return arpingPort(link)
  logger.warn('arp-cannot-announce', {
    interface: link.name,
    family,
    fix: 'install python3, or the packages that koffi needs on this platform',
  })
  return { send: () => false, receive: () => [], close: () => undefined }
}

function startRelay(link: Link, family: 4 | 6): Promise<PacketPort | null> {
  return new Promise((resolve) => {
    const child = spawn('python3', ['-c', RELAY, link.name, String(family === 4 ? 0x0806 : 0x86dd)], { stdio: ['pipe', 'pipe', 'ignore'] })
    let rest = ''
    let frames: Buffer[] = []
    let alive = true
    child.stdin.on('error', () => undefined)
    child.on('error', () => resolve(null))
    child.on('exit', () => {
      alive = false
      resolve(null)
    })
    child.stdout.on('data', (chunk: Buffer) => {
      const lines = (rest + chunk.toString()).split('\n')
      rest = lines.pop() ?? ''
      if (lines.includes('ready')) resolve(port)
      frames.push(...lines.filter((line) => line !== 'ready').map((line) => Buffer.from(line, 'hex')))
    })
    const port: PacketPort = {
      send: (frame) => alive && child.stdin.write(`${frame.toString('hex')}\n`),
      receive: () => {
        const arrived = frames
        frames = []
        return arrived
      },
      close: () => void child.stdin.end(),
    }
  })
}

function arpingPort(link: Link): PacketPort {
  const arrived: Buffer[] = []
  return {
    send: (frame) => {
      const ip = ipText(frame.subarray(38, 42))
      const probing = parseOwnership(frame) === null
      const form = probing ? '-D' : frame[21] === 1 ? '-U' : '-A'
      void run('arping', [form, '-c', '1', '-w', '1', '-I', link.name, ip]).then(({ stdout }) => {
        const mac = /reply from \S+ \[([0-9A-F:]{17})\]/i.exec(stdout)?.[1]
        const vip = parseVip(`${ip}/32`)
        if (mac !== undefined && vip !== null) arrived.push(...announcementFrames(vip, macBytes(mac), false).slice(0, 1))
      })
      return true
    },
    receive: () => arrived.splice(0),
    close: () => undefined,
  }
}
