import { describe, expect, it } from 'vitest'
import { parseVip } from './ip.ts'
import type { Vip } from './ip.ts'
import { decodeMessages, encodeMessage } from './netlink.ts'
import { closeFlow, familiesOf, flowsOf, listFlows } from './sock-diag.ts'

const vip = (text: string): Vip => parseVip(text) ?? expect.fail(`${text} is no VIP`)
const id = Buffer.from(Array.from({ length: 48 }, (_, index) => index))

describe('the sockets of the kernel', () => {
  it('are asked for by their own address, and not those that listen or have ended', () => {
    const [message] = decodeMessages(listFlows(7, vip('10.0.0.50/24'), 2))
    expect([message?.type, message?.flags, message?.sequence]).toEqual([20, 0x301, 7])
    const states = message?.body.readUInt32LE(4) ?? 0
    expect([1, 10, 6, 7].map((state) => (states >> state) & 1)).toEqual([1, 0, 0, 0])
    // If its source is 10.0.0.50/32 at any port, go on; else go beyond the end.
    expect(message?.body.subarray(56).toString('hex')).toBe('1400010007101400' + '02200000ffffffff' + '0a000032')
  })

  it('of IPv4 may be those of programs that speak IPv6', () => {
    expect([familiesOf(vip('10.0.0.50/24')), familiesOf(vip('fd00::50/64'))]).toEqual([[2, 10], [10]])
  })

  it('are closed by the name under which they were listed', () => {
    const listed = decodeMessages(encodeMessage(20, 2, 7, Buffer.from([10, 1, 0, 0]), id, Buffer.alloc(20)))
    const [flow] = flowsOf(listed)
    if (flow === undefined) throw new Error('nothing was listed')
    const [message] = decodeMessages(closeFlow(8, flow))
    expect([message?.type, message?.flags]).toEqual([21, 5])
    expect([message?.body[0], message?.body[1], message?.body.subarray(8)]).toEqual([10, 6, id])
  })

  it('are left out where an answer is cut short', () => {
    expect(flowsOf(decodeMessages(encodeMessage(20, 2, 7, Buffer.from([2, 1, 0, 0]), id.subarray(0, 40))))).toEqual([])
  })
})
