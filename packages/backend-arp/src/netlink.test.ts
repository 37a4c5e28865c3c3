import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { portOf } from './guarded.ts'
import { parseVip } from './ip.ts'
import type { Vip } from './ip.ts'
import { attribute, decodeAttributes, decodeMessages, encodeMessage, errnoOf, listAttributes } from './netlink.ts'
import { describeObjects, elementBatch, generationOf, keysOf } from './nftables.ts'
import { hostEvent, placeAddress, removeAddress } from './rtnetlink.ts'

const vip = (text: string): Vip => parseVip(text) ?? expect.fail(`${text} is no VIP`)

describe('netlink', () => {
  it('reads back the messages and attributes it writes', () => {
    const attributes = fc.array(fc.tuple(fc.integer({ min: 1, max: 0x3fff }), fc.uint8Array({ maxLength: 40 })), { maxLength: 5 })
    fc.assert(
      fc.property(fc.array(attributes, { maxLength: 4 }), (messages) => {
        const bytes = Buffer.concat(
          messages.map((list, index) => encodeMessage(77, 5, index, ...list.map(([type, value]) => attribute(type, Buffer.from(value))))),
        )
        const read = decodeMessages(bytes)
        expect(read.map(({ sequence }) => sequence)).toEqual(messages.map((_, index) => index))
        read.forEach((message, index) => {
          expect(listAttributes(message.body).map(([type, value]) => [type, [...value]])).toEqual(
            messages[index]?.map(([type, value]) => [type, [...value]]),
          )
        })
      }),
    )
  })

  it('takes an error number of the wrong sign for no answer', () => {
    const answers = [0, -2, 2].map((code) => {
      const body = Buffer.alloc(20)
      body.writeInt32LE(code)
      return errnoOf({ type: 2, flags: 0, sequence: 1, body })
    })
    expect(answers).toEqual([0, 2, null])
  })

  it('survives any bytes, and reads no more than there is', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.constantFrom(16, 17, 20, 21, 2, 0xa00, 0xa03, 0xa0c, 0xa0f), (bytes, type) => {
        const garbage = Buffer.from(bytes)
        for (const messages of [decodeMessages(garbage), decodeMessages(encodeMessage(type, 0, 1, garbage))]) {
          for (const message of messages) {
            hostEvent(message)
            errnoOf(message)
          }
          generationOf(messages)
          keysOf(messages)
          describeObjects(messages, 'table', 't')
          describeObjects(messages, 'chain', 't')
        }
        for (const value of decodeAttributes(garbage).values()) expect(value.length).toBeLessThanOrEqual(garbage.length)
      }),
    )
  })

  it('adds an address as deprecated from birth, with a lifetime, without duplicate detection', () => {
    const placement = { vip: vip('fd66::50/64'), prefix: 64, subnetRoute: false }
    expect(placeAddress(7, 3, placement, 3).toString('hex')).toBe(
      '5c000000' +
        '1400' +
        '0505' +
        '07000000' +
        '00000000' +
        '0a40000003000000' +
        '14000200fd660000000000000000000000000050' +
        '14000100fd660000000000000000000000000050' +
        '14000600' +
        '00000000' +
        '03000000' +
        '0000000000000000' +
        '0800080002020000',
    )
    const event = decodeMessages(placeAddress(7, 3, placement, 3)).map(hostEvent)[0]
    expect(event).toEqual({ type: 'address', address: { index: 3, ip: 'fd66::50', prefix: 64, permanent: false } })
  })

  it('removes exactly the address that it added', () => {
    const placement = { vip: vip('10.66.0.50/24'), prefix: 32, subnetRoute: false }
    expect(removeAddress(1, 3, placement).toString('hex')).toBe(
      '28000000' + '1500' + '0500' + '01000000' + '00000000' + '0220000003000000' + '080002000a420032' + '080001000a420032',
    )
  })

  it('puts all changes of the gate into one batch and asks for one acknowledgement, the only answer with the number of the request', () => {
    const change = { table: 'movip_shop', guarded: vip('10.66.0.50/24'), timeoutMs: 985 }
    const messages = decodeMessages(
      elementBatch(100, [
        { ...change, action: 'delete' },
        { ...change, action: 'add' },
      ]),
    )
    expect(messages.map(({ type, flags, sequence }) => [type, flags, sequence])).toEqual([
      [0x10, 1, 101],
      [0xa0e, 1, 101],
      [0xa0c, 0x405, 100],
      [0x11, 1, 101],
    ])
    expect(messages[2]?.body.toString('hex')).toContain('0c00040000000000000003d9')
    expect(keysOf(messages)).toEqual(['0a420032'])
  })

  it('puts the same change of many VIPs of one set into one message', () => {
    const vips = ['10.66.0.50/24', '10.66.0.51/24', 'fd66::50/64'].map(vip)
    const messages = decodeMessages(
      elementBatch(
        100,
        vips.map((one) => ({ action: 'add', table: 'movip_shop', guarded: one, timeoutMs: 985 })),
      ),
    )
    expect(messages.map(({ type, sequence }) => [type, sequence])).toEqual([
      [0x10, 101],
      [0xa0c, 101],
      [0xa0c, 100],
      [0x11, 101],
    ])
    expect(keysOf(messages)).toEqual(['0a420032', '0a420033', 'fd660000000000000000000000000050'])
  })

  it('puts a port into the table of what is delivered, with its timeout behind the padding', () => {
    const [, message] = decodeMessages(elementBatch(100, [{ action: 'add', table: 'movip_shop', guarded: portOf(9652), timeoutMs: 985 }]))
    // Family 1 is inet; the key is 9652 in network order, padded to four bytes.
    expect(message?.body[0]).toBe(1)
    expect(message?.body.toString('hex')).toContain('0600010025b400000c00040000000000000003d9')
    expect(message?.body.toString('latin1')).toContain('heldports')
  })
})
