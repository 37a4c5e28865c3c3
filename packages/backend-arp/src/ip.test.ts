import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ipBytes, ipText, liesIn, parseVip, sameSubnet } from './ip.ts'
import { optionsSchema } from './options.ts'
import { placementFor } from './placement.ts'
import { gateRules, onlyPorts, tableName } from './gate-rules.ts'
import { portOf } from './guarded.ts'

describe('addresses', () => {
  it('reads back every address it writes', () => {
    const bytes = fc.oneof(fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.uint8Array({ minLength: 16, maxLength: 16 }))
    fc.assert(
      fc.property(bytes, (address) => {
        expect([...(ipBytes(ipText(address)) ?? [])]).toEqual([...address])
      }),
    )
  })

  it('writes every spelling of an IPv6 address in one way', () => {
    for (const spelling of ['FD00:0:0::50/64', 'fd00:0000:0000:0000:0000:0000:0000:0050/64', 'fd00::0.0.0.80/64']) {
      expect(parseVip(spelling)?.text).toBe('fd00::50')
    }
  })

  it('refuses addresses that no machine in a LAN can have, each with what is expected', () => {
    const said = (address: string): string | undefined => optionsSchema.safeParse({ address, interface: 'lan' }).error?.issues[0]?.message
    expect(said('10.0.0.0/24')).toContain('whole subnet')
    expect(said('fd00::/64')).toContain('whole subnet')
    expect(said('10.0.3.255/22')).toContain('broadcast')
    expect(said('127.0.0.5/8')).toContain('loopback')
    for (const many of ['0.0.0.0/32', '::/128', '224.0.0.5/24', '255.255.255.255/32', 'ff02::1/64'])
      expect(said(many)).toContain('for none or for many')
    expect(said('::1/128')).toContain('loopback')
    expect(said('::ffff:10.0.0.50/120')).toContain('an IPv4 address as such')
    for (const fine of ['10.0.0.255/22', '10.0.0.50/32', '10.0.0.0/31', 'fd00::ffff:ffff:ffff:ffff/64']) expect(said(fine)).toBeUndefined()
  })

  it('refuses what is no address with a prefix', () => {
    for (const text of [
      '10.0.0.50',
      '10.0.0.50/33',
      '10.0.0.50/0',
      '10.0.0/24',
      'fd00::50/129',
      'fe80::1%eth0/64',
      'x/24',
      '10.0.0.50/24/8',
      '',
    ]) {
      expect(optionsSchema.safeParse({ address: text, interface: 'lan' }).success).toBe(false)
    }
    expect(optionsSchema.safeParse({ address: '10.0.0.50/24', interface: 'lan', extra: 1 }).success).toBe(false)
    expect(optionsSchema.safeParse({ address: '10.0.0.50/24', interface: 'lan' }).success).toBe(true)
  })

  it('knows whether two addresses share a subnet', () => {
    const bytes = (ip: string): Buffer => ipBytes(ip) ?? expect.fail(ip)
    expect(sameSubnet(bytes('10.0.3.1'), bytes('10.0.0.50'), 22)).toBe(true)
    expect(sameSubnet(bytes('10.0.4.1'), bytes('10.0.0.50'), 22)).toBe(false)
    expect(sameSubnet(bytes('fd00::1'), bytes('fd00::ffff:1'), 64)).toBe(true)
    expect(sameSubnet(bytes('10.0.0.1'), bytes('fd00::1'), 8)).toBe(false)
  })
})

describe('placement', () => {
  const link = { index: 2, name: 'eth0', mac: '02:00:00:00:00:01', up: true }
  const vip = parseVip('10.0.0.50/24') ?? expect.fail('no VIP')
  const own = (ip: string, prefix: number, index = 2) => ({ index, ip, prefix, permanent: true })

  it('puts IPv4 on as /32 and leaves the way to the subnet to the machine’s own address', () => {
    expect(placementFor(vip, link, [own('10.0.0.11', 24)])).toEqual({ vip, prefix: 32, subnetRoute: false })
    expect(placementFor(vip, link, [own('10.0.7.11', 16)])).toEqual({ vip, prefix: 32, subnetRoute: false })
  })

  it('makes the way to the subnet where no other address of the interface does', () => {
    for (const others of [[], [own('192.168.0.1', 24)], [own('10.0.0.11', 24, 3)], [own('10.0.0.51', 32)], [own('10.0.0.50', 32)]]) {
      expect(placementFor(vip, link, others)).toEqual({ vip, prefix: 32, subnetRoute: true })
    }
  })
})

describe('the gate’s rules', () => {
  it('give clusters tables of different names that nft accepts', () => {
    const names = ['shop', 'shop-1', 'shop_1', 'shop.1', 'ü', 'x'.repeat(200), `${'x'.repeat(200)}y`].map(tableName)
    expect(new Set(names).size).toBe(names.length)
    for (const name of names) expect(name).toMatch(/^movip_[A-Za-z0-9_]{1,60}$/)
  })

  it('never touch the sets of open VIPs', () => {
    const rules = gateRules('movip_shop', ['eth0', 'a.b-c'], [parseVip('10.0.0.50/24') ?? expect.fail('no VIP')])
    expect(rules).not.toMatch(/(flush|delete) (set|table)|element netdev movip_shop held/)
    expect(rules.match(/add chain/g)).toHaveLength(4)
  })

  it('guard ports where packets are delivered, by a table that is there only where there are ports', () => {
    const rules = gateRules('movip_shop', [], [portOf(9652), portOf(80, 'others'), portOf(80, 'others')])
    expect(rules).toContain('add element inet movip_shop ports { 9652 }')
    // The machine's own checks of a service have to reach it where it stands by.
    expect(rules).toContain('add element inet movip_shop services { 80 }')
    expect(rules).toContain('input iifname != "lo" meta l4proto tcp th dport @services')
    expect(rules).toContain('reject with tcp reset')
    expect(rules).not.toMatch(/(flush|delete) (set|table)|element inet movip_shop held/)
    expect(gateRules('movip_shop', ['eth0'], [])).not.toContain('inet')
  })

  it('free ports that are configured no more in one transaction, and take the table away with the last of them', () => {
    expect(onlyPorts('movip_shop', [portOf(80)])).toBe(
      'flush set inet movip_shop ports\nflush set inet movip_shop services\nadd element inet movip_shop ports { 80 }\n',
    )
    expect(onlyPorts('movip_shop', [])).toBe('add table inet movip_shop\ndelete table inet movip_shop\n')
  })
})

it.each([
  ['10.0.1.0/24', '10.0.0.0/16', true],
  ['10.0.1.0/24', '10.0.1.0/24', true],
  ['10.0.1.0/24', '0.0.0.0/0', true],
  ['10.0.0.0/16', '10.0.1.0/24', false],
  ['10.1.1.0/24', '10.0.0.0/16', false],
  ['fd00:1::/64', 'fd00::/16', true],
  ['10.0.1.0/24', '::/0', false],
])('%s lies in %s: %s', (inner, outer, expected) => {
  expect(liesIn(inner, outer)).toBe(expected)
})
