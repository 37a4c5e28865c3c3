/** Asks the VIP every `pitchMs` and writes down each question and each answer. Runs in the client's host. */
import { familyOf, inetAddress } from '../system/address.ts'
import { AF_INET, AF_INET6, nowMs, openSocket, receive, send, SOCK_DGRAM } from '../system/libc.ts'
import { argument, createOutbox, waitOrEnd } from './loop.ts'
import { PORT, readAnswer, REQUEST_SIZE, writeRequest } from './packet.ts'

const { vip, pitchMs } = argument<{ readonly vip: string; readonly pitchMs: number }>()
const fd = openSocket(familyOf(vip) === 6 ? AF_INET6 : AF_INET, SOCK_DGRAM, 0)
const target = inetAddress(vip, PORT)
const request = Buffer.alloc(REQUEST_SIZE)
const data = Buffer.alloc(64)
const outbox = createOutbox()

let seq = 0
let next = nowMs()
outbox.put(['ready'])
for (;;) {
  const now = nowMs()
  if (now >= next) {
    writeRequest(request, ++seq)
    outbox.put(['s', seq, now])
    // An unreachable network is a loss like any other: the question was asked and nobody answers.
    send(fd, request, target)
    // After a delay of our own we do not catch up: a burst would tell nothing new.
    next = Math.max(next + pitchMs, now + pitchMs / 2)
  }
  for (let size = receive(fd, data); size >= 0; size = receive(fd, data)) {
    const answer = readAnswer(data, size)
    if (answer !== null) outbox.put(['a', answer.seq, nowMs(), answer.answeredAt, answer.by])
  }
  outbox.flush()
  waitOrEnd([fd], next)
}
