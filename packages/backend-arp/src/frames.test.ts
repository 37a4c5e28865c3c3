import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { announcementFrames, parseOwnership, probeFrame } from './frames.ts'
import { macBytes, parseVip } from './ip.ts'
import type { Vip } from './ip.ts'

const mac = macBytes('02:00:00:00:00:0b')
const vip = (text: string): Vip => parseVip(text) ?? expect.fail(`${text} is no VIP`)
const hex = (frames: readonly Buffer[]): readonly string[] => frames.map((frame) => frame.toString('hex'))

describe('frames', () => {
  it('announces IPv4 by a gratuitous request and a reply whose target hardware address is our own', () => {
    expect(hex(announcementFrames(vip('10.66.0.50/24'), mac, false))).toEqual([
      'ffffffffffff' + '02000000000b' + '0806' + '0001080006040001' + '02000000000b' + '0a420032' + '000000000000' + '0a420032',
      'ffffffffffff' + '02000000000b' + '0806' + '0001080006040002' + '02000000000b' + '0a420032' + '02000000000b' + '0a420032',
    ])
  })

  it('announces IPv6 by an unsolicited advertisement with Override, and with the router flag on a router', () => {
    const start =
      '333300000001' +
      '02000000000b' +
      '86dd' +
      '6000000000203aff' +
      'fd660000000000000000000000000050' +
      'ff020000000000000000000000000001'
    const end = '000000' + 'fd660000000000000000000000000050' + '020102000000000b'
    const [plain, router] = [false, true].map((flag) => hex(announcementFrames(vip('fd66::50/64'), mac, flag))[0])
    expect(plain).toMatch(new RegExp(`^${start}8800....20${end}$`))
    expect(router).toMatch(new RegExp(`^${start}8800....a0${end}$`))
  })

  it('asks for an IPv4 owner without claiming the address', () => {
    expect(probeFrame(vip('10.66.0.50/24'), mac).toString('hex')).toBe(
      'ffffffffffff' + '02000000000b' + '0806' + '0001080006040001' + '02000000000b' + '00000000' + '000000000000' + '0a420032',
    )
  })

  it('asks for an IPv6 owner from the unspecified address at the solicited-node group', () => {
    expect(probeFrame(vip('fd66::ab:cd50/64'), mac).toString('hex')).toMatch(
      new RegExp(
        `^3333ffabcd5002000000000b86dd6000000000183aff${'0'.repeat(32)}ff0200000000000000000001ffabcd508700....00000000fd660000000000000000000000abcd50$`,
      ),
    )
  })

  it('gives ICMPv6 messages a checksum that a receiver accepts', () => {
    for (const frame of [...announcementFrames(vip('fd66::50/64'), mac, false), probeFrame(vip('2001:db8::ffff:1/64'), mac)]) {
      const message = frame.subarray(54)
      const covered = Buffer.concat([frame.subarray(22, 54), Buffer.from([0, 0, 0, message.length, 0, 0, 0, 58]), message])
      let sum = 0
      for (let at = 0; at < covered.length; at += 2) sum += covered.readUInt16BE(at)
      while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16)
      expect(sum).toBe(0xffff)
    }
  })

  it('reads who owns an address from announcements, and nothing from probes', () => {
    for (const text of ['10.66.0.50/24', 'fd66::50/64']) {
      for (const frame of announcementFrames(vip(text), mac, false)) {
        expect(parseOwnership(frame)).toEqual({ ip: vip(text).bytes, mac: '02:00:00:00:00:0b' })
      }
      expect(parseOwnership(probeFrame(vip(text), mac))).toBeNull()
    }
  })

  it('survives any bytes from the wire', () => {
    const valid = [...announcementFrames(vip('10.66.0.50/24'), mac, false), ...announcementFrames(vip('fd66::50/64'), mac, true)]
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void parseOwnership(Buffer.from(bytes))))
    fc.assert(
      fc.property(fc.constantFrom(...valid), fc.nat(90), fc.nat(255), fc.nat(90), (frame, at, byte, length) => {
        const broken = Buffer.from(frame)
        broken[at % broken.length] = byte
        parseOwnership(broken)
        parseOwnership(broken.subarray(0, length))
      }),
    )
  })
})
