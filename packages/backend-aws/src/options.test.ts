import { describe, expect, it } from 'vitest'
import { elasticOptions, privateOptions, routeOptions } from './options.ts'

const route = { destination: '10.99.0.50/32', routeTables: ['rtb-0123456789abcdef0'] }
const problem = (schema: typeof routeOptions | typeof elasticOptions | typeof privateOptions, value: object): string =>
  schema
    .safeParse(value)
    .error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
    .join() ?? 'accepted'

describe('the options of an endpoint in AWS', () => {
  it.each([
    ['ids of tables', {}],
    ['a tag', { routeTables: { tag: { movip: 'yes' } } }],
    ['subnets', { routeTables: { subnets: ['subnet-0123456789abcdef0'] } }],
    ['a VPC', { routeTables: { vpc: 'vpc-0123456789abcdef0' } }],
    ['IPv6', { destination: 'fd99::50/128' }],
    ['a role and a region', { role: 'arn:aws:iam::123456789012:role/movip', region: 'eu-west-1' }],
  ])('may name %s', (_, more) => {
    expect(problem(routeOptions, { ...route, ...more })).toBe('accepted')
  })

  it.each([
    [
      'a block',
      { destination: '10.99.0.0/24' },
      'destination: expected one address with its full prefix, such as 10.99.0.50/32 or fd99::50/128',
    ],
    ['no prefix', { destination: '10.99.0.50' }, 'destination: expected one address with its full prefix'],
    ['a table by its name', { routeTables: ['main'] }, 'routeTables.0: expected an id such as rtb-0123456789abcdef0'],
    ['no tag at all', { routeTables: { tag: {} } }, 'routeTables.tag: expected a tag with its value'],
    ['a zone as a region', { region: 'eu-west-1a' }, 'region: expected a region of AWS, such as eu-west-1'],
    ['the name of a role', { role: 'movip' }, 'role: expected the ARN of a role'],
    ['an unknown key', { table: 'rtb-1' }, ': Unrecognized key: "table"'],
  ])('are refused for %s, with what is expected', (_, more, message) => {
    expect(problem(routeOptions, { ...route, ...more })).toContain(message)
  })

  it('of an Elastic IP and of a secondary address are of their own form', () => {
    expect(problem(elasticOptions, { allocation: 'eipalloc-0123456789abcdef0' })).toBe('accepted')
    expect(problem(elasticOptions, { allocation: '203.0.113.10' })).toContain('allocation: expected an id such as eipalloc-')
    const six = { allocation: 'eipalloc-0123456789abcdef0', privateAddress: 'fd00::1' }
    expect(problem(elasticOptions, six)).toContain('privateAddress: expected an IPv4 address')
    expect(problem(privateOptions, { address: 'fd00:10::50' })).toBe('accepted')
    expect(problem(privateOptions, { address: '10.0.1.50/24' })).toContain('address: expected an address, such as 10.0.1.50')
  })
})
