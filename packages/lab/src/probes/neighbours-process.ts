/** Asks by ARP for many addresses, a few at a time, and tells whenever another machine speaks for one of them. Runs in the client's host. */
import { ipText, macBytes, packetAddress } from '../system/address.ts'
import { arpQuestion, arpSender } from '../system/frames.ts'
import {
  AF_PACKET,
  bindSocket,
  interfaceIndex,
  lastStampMs,
  nowMs,
  openSocket,
  realtimeToMonotonicMs,
  receive,
  send,
  SOCK_RAW,
} from '../system/libc.ts'
import { argument, createOutbox, waitOrEnd } from './loop.ts'

interface Argument {
  readonly asker: { readonly mac: string; readonly ipv4: string }
  readonly vips: readonly string[]
  /** How often each of them is asked for. */
  readonly pitchMs: number
}

const ARP = 0x0806
const STEP_MS = 10

const { asker, vips, pitchMs } = argument<Argument>()
const outbox = createOutbox()
const eth0 = packetAddress(interfaceIndex('eth0'), ARP)
const socket = openSocket(AF_PACKET, SOCK_RAW, 0)
bindSocket(socket, eth0)
const questions = vips.map((vip) => arpQuestion({ mac: asker.mac, ip: asker.ipv4 }, vip))
const speakers = new Map(vips.map((vip): [string, string | null] => [vip, null]))
const own = macBytes(asker.mac).toString('hex')
const frame = Buffer.alloc(2048)

function readFrames(): void {
  const offset = realtimeToMonotonicMs()
  for (let size = receive(socket, frame); size >= 0; size = receive(socket, frame)) {
    const at = (lastStampMs(socket) ?? -offset) + offset
    const sender = arpSender(frame.subarray(0, size))
    if (sender === null) continue
    const vip = ipText(sender.ip)
    const mac = sender.mac.toString('hex')
    const known = speakers.get(vip)
    if (known === undefined || known === mac || mac === own) continue
    speakers.set(vip, mac)
    outbox.put(['n', at, vip, mac])
  }
}

lastStampMs(socket) // The first question switches the stamps on.
const perStep = Math.ceil((questions.length * STEP_MS) / pitchMs)
let asked = 0
let next = nowMs()
outbox.put(['ready'])
for (;;) {
  if (nowMs() >= next) {
    for (let i = 0; i < perStep; i++) {
      const question = questions[asked++ % questions.length]
      if (question !== undefined) send(socket, question, eth0)
    }
    next = Math.max(next + STEP_MS, nowMs() + STEP_MS / 2)
  }
  readFrames()
  outbox.flush()
  waitOrEnd([socket], next)
}
