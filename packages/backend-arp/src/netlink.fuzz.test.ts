import { assertHolds, mutatedBytes } from '@movip/core/testing'
import fc from 'fast-check'
import { it } from 'vitest'
import { KernelError } from './driver.ts'
import type { Link } from './driver.ts'
import type { Sockets } from './ffi.ts'
import { parseVip } from './ip.ts'
import type { Vip } from './ip.ts'
import { KoffiDriver } from './koffi-driver.ts'
import { attribute, decodeMessages, encodeMessage, listAttributes, nested, stringAttribute, TYPE_DONE, uint32Attribute } from './netlink.ts'
import { describeObjects, elementBatch, generationOf, keysOf } from './nftables.ts'
import { hostEvent, placeAddress, removeAddress } from './rtnetlink.ts'

const corpus = new URL('../corpus/', import.meta.url)
const vip = parseVip('10.66.0.50/24') as Vip
const vip6 = parseVip('fd66::50/64') as Vip
const link: Link = { index: 3, name: 'eth0', mac: '02:00:00:00:00:0b', up: true }
const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32LE(value)
  return bytes
}
const errors = [0, -1, -2, -19, -22, -99, -105, -132].map((code) => encodeMessage(2, 0, 1, int32(code), Buffer.alloc(16)))
const done = encodeMessage(TYPE_DONE, 2, 1, int32(0))
const newLink = encodeMessage(
  16,
  2,
  1,
  Buffer.from('0000010003000000430001000000000000000000', 'hex').subarray(0, 16),
  stringAttribute(3, 'eth0'),
  attribute(1, Buffer.from('02000000000b', 'hex')),
  uint32Attribute(4, 1500),
)
const addresses = [
  placeAddress(1, 3, { vip, prefix: 32, subnetRoute: true }, 3),
  placeAddress(1, 3, { vip: vip6, prefix: 64, subnetRoute: false }, 3),
]
const generation = encodeMessage(0xa0f, 0, 1, Buffer.alloc(4), uint32Attribute(1, 7))
const table = encodeMessage(0xa00, 0, 1, Buffer.from([5, 0, 0, 0]), stringAttribute(1, 't'), uint32Attribute(2, 0), uint32Attribute(3, 4))
const chain = encodeMessage(
  0xa03,
  2,
  1,
  Buffer.from([5, 0, 0, 0]),
  stringAttribute(1, 't'),
  stringAttribute(3, 'ingress'),
  nested(4, uint32Attribute(1, 0)),
)
const elements = elementBatch(1, [
  { action: 'add', table: 't', guarded: vip, timeoutMs: 985 },
  { action: 'delete', table: 't', guarded: vip6, timeoutMs: 0 },
])
const gone = removeAddress(1, 3, { vip, prefix: 32, subnetRoute: false })
const replies = [...errors, done, newLink, ...addresses, generation, table, chain, elements, gone]
const dumps = [Buffer.concat([newLink, newLink, done]), Buffer.concat([...addresses, done]), Buffer.concat([elements, chain, table, done])]
const input = mutatedBytes(fc, [...replies, ...dumps])

it('bytes from netlink: read without throwing, never beyond their end, and nothing is made of half a message', async () => {
  await assertHolds(fc, {
    name: 'netlink',
    corpus,
    cases: fc.tuple(input),
    check([bytes = new Uint8Array()]) {
      const datagram = Buffer.from(bytes)
      const messages = decodeMessages(datagram)
      if (messages.reduce((sum, { body }) => sum + 16 + body.length, 0) > datagram.length) throw new Error('more was read than there is')
      for (const message of messages) {
        const event = hostEvent(message)
        if (event?.type === 'link' && (typeof event.link.index !== 'number' || event.link.name.includes('\0')))
          throw new Error('a link without a name')
        if (event?.type === 'address' && !/^[\da-f.:]+$/.test(event.address.ip)) throw new Error(`the address ${event.address.ip}`)
        const size = listAttributes(message.body).reduce((sum, [, value]) => sum + 4 + value.length, 0)
        if (size > message.body.length) throw new Error('attributes larger than their message')
      }
      const number = generationOf(messages)
      if (number !== null && !Number.isInteger(number)) throw new Error(`the generation ${number}`)
      if (
        [...keysOf(messages), ...describeObjects(messages, 'table', 't'), ...describeObjects(messages, 'chain', 't')].some(
          (text) => typeof text !== 'string',
        )
      )
        throw new Error('a description that is no text')
    },
  })
})

/** A kernel that answers every question, and tells every watcher, with the same datagrams. */
function kernelSaying(datagrams: readonly Buffer[]): Sockets {
  const waiting = new Map<number, Buffer[]>()
  let sockets = 0
  const open = (): number => {
    sockets += 1
    waiting.set(sockets, [...datagrams])
    return sockets
  }
  return {
    netlink: open,
    packet: open,
    send: (fd) => void waiting.set(fd, [...datagrams]),
    receive: (fd) => waiting.get(fd)?.shift() ?? null,
    close: () => undefined,
  }
}

/** Asks the driver for everything that it can do; each question may only fail as the kernel fails. */
async function askEverything(sockets: Sockets): Promise<void> {
  const placement = { vip, prefix: 32, subnetRoute: true }
  const extensions = [vip, vip6].map((each) => ({ guarded: each, timeoutMs: 985 }))
  const driver = new KoffiDriver(sockets)
  driver.watch(() => undefined)
  const questions: readonly (() => unknown)[] = [
    () => driver.links(),
    () => driver.addresses(),
    () => driver.place(link, placement, 3),
    () => driver.remove(link, placement),
    () => driver.open('t', vip, 985),
    () => driver.extend('t', extensions),
    () => driver.shut('t', vip6),
    () => driver.isOpen('t', vip),
    () => driver.fingerprint('t'),
    () => driver.fingerprint('t'),
    () => driver.poll(),
    async () => (await driver.port(link, 4)).receive(),
    () => driver.close(),
  ]
  for (const question of questions) {
    // A new driver each time would hide what one answer leaves behind for the next question.
    try {
      await question()
    } catch (error) {
      if (!(error instanceof KernelError)) throw error
      if (!Number.isInteger(error.errno) || error.errno < 0) throw new Error(`the error number ${error.errno}`, { cause: error })
    }
  }
}

it('a kernel that answers anything: every question of the driver ends, with an answer or with a KernelError', async () => {
  await assertHolds(fc, {
    name: 'kernel-answer',
    corpus,
    cases: fc.array(input, { minLength: 1, maxLength: 3 }),
    check: (inputs) => askEverything(kernelSaying(inputs.map((bytes) => Buffer.from(bytes)))),
  })
})
