import { assertHolds, mutatedBytes } from '@movip/core/testing'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { ipBytes, ipText } from './ip.ts'
import { readIpLinks, readSetElements } from './tool-output.ts'

const links = JSON.stringify([
  {},
  {
    ifindex: 2,
    ifname: 'eth0',
    flags: ['BROADCAST', 'MULTICAST', 'UP', 'LOWER_UP'],
    link_type: 'ether',
    address: '02:00:00:00:00:0b',
    addr_info: [
      { family: 'inet', local: '10.66.0.11', prefixlen: 24, scope: 'global' },
      { family: 'inet', local: '10.66.0.50', prefixlen: 32, scope: 'global', dynamic: true, deprecated: true, valid_life_time: 3 },
      { family: 'inet6', local: 'FD66:0::50', prefixlen: 64, dynamic: true },
      {},
    ],
  },
  { ifindex: 1, ifname: 'lo', flags: ['LOOPBACK', 'UP'], link_type: 'loopback', address: '00:00:00:00:00:00', addr_info: [] },
])
const table = JSON.stringify({
  nftables: [
    { metainfo: { version: '1.0.6' } },
    { table: { family: 'netdev', name: 'movip_shop' } },
    { set: { name: 'vips4', elem: ['10.66.0.50', { prefix: { addr: '10.0.0.0', len: 8 } }] } },
    { set: { name: 'held4', elem: [{ elem: { val: '10.66.0.51', timeout: 1 } }] } },
    { set: { name: 'vips6', elem: ['fd66:0::50'] } },
  ],
})

it('what ip and nft print is read as it was meant', () => {
  const addresses = [
    { ip: '10.66.0.11', prefix: 24, dynamic: false },
    { ip: '10.66.0.50', prefix: 32, dynamic: true },
    { ip: 'fd66::50', prefix: 64, dynamic: true },
  ]
  expect(readIpLinks(links)).toEqual([
    { index: 2, name: 'eth0', mac: '02:00:00:00:00:0b', up: true, addresses },
    { index: 1, name: 'lo', mac: null, up: false, addresses: [] },
  ])
  expect(readSetElements(table, 'vips')).toEqual(new Set(['10.66.0.50', 'fd66::50']))
  for (const other of ['', '[', '{"nftables":{}}', 'null'])
    expect([readIpLinks(other), readSetElements(other, 'vips')]).toEqual([null, null])
})

it('what ip and nft print, any bytes: refused, or links and addresses in one way of writing', async () => {
  const samples = [links, table].map((text) => Buffer.from(text))
  await assertHolds(fc, {
    name: 'tool-output',
    corpus: new URL('../corpus/', import.meta.url),
    cases: fc.tuple(mutatedBytes(fc, samples, ['null', '[]', '{}', '-1', '1e99', '"', 'fe80::1', 'true', ',', '__proto__'])),
    check([bytes = new Uint8Array()]) {
      const text = Buffer.from(bytes).toString()
      const found = readIpLinks(text) ?? []
      for (const { index, name, addresses } of found) {
        if (!(index > 0) || name === '') throw new Error(`an interface ${index} "${name}"`)
        for (const { ip, prefix } of addresses) if (!(prefix >= 0 && prefix <= 128)) throw new Error(`${ip} with a prefix of ${prefix}`)
      }
      const ips = [...found.flatMap(({ addresses }) => addresses.map(({ ip }) => ip)), ...(readSetElements(text, 'vips') ?? [])]
      for (const ip of ips) {
        const again = ipBytes(ip)
        if (again === null || ipText(again) !== ip) throw new Error(`${ip} is written in more than one way`)
      }
    },
  })
})
