import { describe, expect, it } from 'vitest'
import { elasticOptions, privateOptions, routeOptions } from './options.ts'
import { elasticRights, privateRights, routeRights } from './rights.ts'

const rightsOf = (more: object) =>
  routeRights(routeOptions.parse({ destination: '10.99.0.50/32', routeTables: ['rtb-0123456789abcdef0'], region: 'eu-west-1', ...more }))
const changes = (more: object) => rightsOf(more).filter(({ action }) => action === 'ec2:ReplaceRoute')

describe('the rights that a route needs', () => {
  it('are those over the tables that are named, and no others', () => {
    expect(changes({})).toEqual([{ action: 'ec2:ReplaceRoute', resource: 'arn:aws:ec2:eu-west-1:*:route-table/rtb-0123456789abcdef0' }])
    expect(rightsOf({}).map(({ action }) => action)).toEqual([
      'ec2:DescribeRouteTables',
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeSubnets',
      'ec2:DescribeVpcs',
      'ec2:ReplaceRoute',
      'ec2:CreateRoute',
    ])
  })

  it('are bound to the tag or the VPC by which tables are chosen', () => {
    expect(changes({ routeTables: { tag: { movip: 'yes' } } })).toMatchObject([
      { condition: { StringEquals: { 'aws:ResourceTag/movip': 'yes' } } },
    ])
    expect(changes({ routeTables: { vpc: 'vpc-0123456789abcdef0' } })).toMatchObject([
      { condition: { ArnEquals: { 'ec2:Vpc': 'arn:aws:ec2:eu-west-1:*:vpc/vpc-0123456789abcdef0' } } },
    ])
  })

  it('belong to the role that is taken on, which the node must be allowed', () => {
    const role = 'arn:aws:iam::123456789012:role/routes'
    const [first, ...others] = rightsOf({ role })
    expect(first).toEqual({ action: 'sts:AssumeRole', resource: role })
    expect(others.every((right) => right.as === role)).toBe(true)
  })
})

it('the rights of an Elastic IP and of a secondary address are over that and over interfaces', () => {
  const elastic = elasticRights(elasticOptions.parse({ allocation: 'eipalloc-0123456789abcdef0' }))
  expect(elastic.map(({ action, resource }) => `${action} ${resource}`)).toContain(
    'ec2:AssociateAddress arn:aws:ec2:*:*:elastic-ip/eipalloc-0123456789abcdef0',
  )
  const four = privateRights(privateOptions.parse({ address: '10.0.1.50' })).map(({ action }) => action)
  const six = privateRights(privateOptions.parse({ address: 'fd00:10::50' })).map(({ action }) => action)
  expect([
    four.includes('ec2:AssignPrivateIpAddresses'),
    six.includes('ec2:UnassignIpv6Addresses'),
    four.includes('ec2:AssignIpv6Addresses'),
  ]).toEqual([true, true, false])
})
