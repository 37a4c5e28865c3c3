import { describe, expect, it } from 'vitest'
import { rfc2136Options, serverOf, shapeOf } from './options.ts'

const options = { name: 'web.example.net', values: { paris: '203.0.113.5', ireland: '198.51.100.7' }, server: '10.0.0.2' }
const parsed = (more: object) => rfc2136Options.safeParse({ ...options, ...more })
const shape = (more: object = {}, here = { node: 'paris-1', site: 'paris' }) => shapeOf(rfc2136Options.parse({ ...options, ...more }), here)

describe('options of dns-rfc2136', () => {
  it('are accepted a second time as the schema returns them', () => {
    const once = rfc2136Options.parse(options)
    expect(rfc2136Options.parse(once)).toEqual(once)
    expect(once).toMatchObject({ ttl: '30s', timeout: '1s' })
  })

  it.each([
    ['no name', { name: '10.0.0.1' }, 'expected a name such as web.example.net'],
    ['no value', { values: {} }, 'expected what the name is at each site'],
    [
      'values of two types',
      { values: { paris: '203.0.113.5', ireland: '2001:db8::7' } },
      'IPv4 addresses alone, IPv6 addresses alone, or names alone',
    ],
    ['two names for one place', { values: { paris: ['a.example.org', 'b.example.org'] } }, 'a CNAME has no second one'],
    ['a value that is none', { values: { paris: 'not a name' } }, 'expected an address, or a name for a CNAME'],
    ['a TTL of parts of a second', { ttl: '500ms' }, 'expected whole seconds'],
    ['a TTL without a unit', { ttl: '30' }, 'expected a duration with its unit'],
    ['no server', { server: undefined }, 'expected either server, or servers'],
    ['server and servers', { servers: ['10.0.0.2'] }, 'expected either server, or servers'],
    ['a server that is none', { server: '10.0.0' }, 'expected an address'],
    ['a key that is a path', { key: '/etc/key' }, 'expected a name of "secrets" in node.yaml'],
  ])('with %s are refused', (_, more, message) => {
    expect(
      parsed(more)
        .error?.issues.map((issue) => issue.message)
        .join('; '),
    ).toContain(message)
  })
})

describe('a name', () => {
  it('is what it is at the node, else at its site', () => {
    expect(shape().own).toEqual(['203.0.113.5'])
    expect(shape({ values: { paris: '203.0.113.5', 'paris-1': '203.0.113.9' } }).own).toEqual(['203.0.113.9'])
    expect(shape({}, { node: 'x', site: 'office' }).own).toBeNull()
  })

  it.each([
    ['A', { paris: ['203.0.113.9', '203.0.113.5'] }, ['203.0.113.5', '203.0.113.9']],
    ['AAAA', { paris: '2001:DB8:0:0::5' }, ['2001:db8::5']],
    ['CNAME', { paris: 'LB.Example.org.' }, ['lb.example.org']],
  ])('of type %s is written in one way', (type, values, own) => {
    expect(shape({ values })).toMatchObject({ type, own, known: [own] })
  })

  it('is kept by servers at port 53, or at the one that is written', () => {
    expect([serverOf('10.0.0.2'), serverOf('[2001:db8::2]:5353')]).toEqual([
      { host: '10.0.0.2', port: 53 },
      { host: '2001:db8::2', port: 5353 },
    ])
  })
})
