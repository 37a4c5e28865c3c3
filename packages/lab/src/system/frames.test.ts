import { describe, expect, it } from 'vitest'
import { ipBytes, ipText } from './address.ts'
import { arpAnnouncements, arpQuestion, neighbourQuestion, speaksFor } from './frames.ts'

const vips = [ipBytes('10.66.0.50'), ipBytes('fd66::50')]
const node = { mac: '02:00:00:00:00:0b', ip: '10.66.0.11' }

describe('frames that speak for a VIP', () => {
  it('are ARP announcements of it, in both forms', () => {
    for (const frame of arpAnnouncements({ ...node, ip: '10.66.0.50' })) expect(speaksFor(frame, vips)).toBe('arp')
  })

  it('are not questions about it', () => {
    expect(speaksFor(arpQuestion(node, '10.66.0.50'), vips)).toBeNull()
    expect(speaksFor(neighbourQuestion({ ...node, ip: 'fd66::11' }, 'fd66::50'), vips)).toBeNull()
  })

  it('are not announcements of another address', () => {
    for (const frame of arpAnnouncements(node)) expect(speaksFor(frame, vips)).toBeNull()
  })

  it('are IP packets from it, of both families', () => {
    const ipv4 = Buffer.from(`ffffffffffff02000000000b0800${'45'.padEnd(24, '0')}0a4200320a420064`, 'hex')
    const ipv6 = Buffer.concat([
      Buffer.from('ffffffffffff02000000000b86dd60000000000011ff', 'hex'),
      ipBytes('fd66::50'),
      ipBytes('fd66::100'),
    ])
    expect(speaksFor(ipv4, vips)).toBe('ip')
    expect(speaksFor(ipv6, vips)).toBe('ip')
    expect(speaksFor(ipv4, [ipBytes('10.66.0.51')])).toBeNull()
  })

  it('are advertisements of it, whatever address they come from', () => {
    const advertisement = Buffer.concat([
      Buffer.from('33330000000102000000000b86dd6000000000203aff', 'hex'),
      ipBytes('fe80::1'),
      ipBytes('ff02::1'),
      Buffer.from([136, 0, 0, 0, 0x20, 0, 0, 0]),
      ipBytes('fd66::50'),
    ])
    expect(speaksFor(advertisement, vips)).toBe('na')
  })

  it('are never too short to be read', () => {
    for (let length = 0; length < 42; length++) {
      expect(speaksFor(arpAnnouncements({ ...node, ip: '10.66.0.50' })[0]!.subarray(0, length), vips)).toBe(length < 32 ? null : 'arp')
    }
  })
})

describe('addresses', () => {
  it.each(['10.66.0.50', 'fd66::50', '::', '::1', 'fd66:1:2:3:4:5:6:7', 'fe80::1:0:0:5'])('%s survive bytes and back', (ip) => {
    expect(ipText(ipBytes(ip))).toBe(ip)
  })
})
