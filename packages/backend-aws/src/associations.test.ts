import type { RouteTable } from '@aws-sdk/client-ec2'
import { describe, expect, it } from 'vitest'
import { subnetsLeftOut, withoutOwnTable } from './associations.ts'

const overlay = '10.99.0.50/32'
const table = (id: string, subnets: readonly string[], more: { isMain?: boolean; leads?: boolean } = {}): RouteTable => ({
  RouteTableId: id,
  Associations: [...subnets.map((SubnetId) => ({ SubnetId, Main: false })), ...(more.isMain === true ? [{ Main: true }] : [])],
  Routes: more.leads === true ? [{ DestinationCidrBlock: overlay, NetworkInterfaceId: 'eni-1' }] : [],
})

describe('tables that are looked for by their subnets', () => {
  const choice = { subnets: ['subnet-1', 'subnet-2'] }

  it('leave out a subnet that has none of its own, which is told', () => {
    const [finding, ...others] = withoutOwnTable(choice, [table('rtb-1', ['subnet-1'])])
    expect(others).toEqual([])
    expect(finding).toMatchObject({ severity: 'error', code: 'AWS_MAIN_TABLE', message: expect.stringContaining('subnet-2 has no') })
  })

  it('are found where each has its own', () => {
    expect(withoutOwnTable(choice, [table('rtb-1', ['subnet-1']), table('rtb-2', ['subnet-2'])])).toEqual([])
    expect(withoutOwnTable({ vpc: 'vpc-1' }, [])).toEqual([])
  })
})

describe('the other tables of a VPC', () => {
  const ids = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `subnet-${index + 1}`)

  it('that know no way are told with the subnets that go by them, by the main one also those without a table of their own', () => {
    const tables = [table('rtb-1', ['subnet-1']), table('rtb-2', ['subnet-2', 'subnet-3']), table('rtb-3', [], { isMain: true })]
    expect(subnetsLeftOut(['rtb-1'], { tables, subnets: ids(4) }, overlay).map(({ message }) => message)).toEqual([
      'clients in subnet-2, subnet-3 go by route table rtb-2, which knows no way to 10.99.0.50/32',
      'clients in subnet-4 go by route table rtb-3, which knows no way to 10.99.0.50/32',
    ])
  })

  it('are no news where nobody goes by them, or they know the way', () => {
    const tables = [table('rtb-1', [], { isMain: true }), table('rtb-2', ['subnet-1'], { leads: true })]
    expect(subnetsLeftOut([], { tables, subnets: ids(1) }, overlay)).toEqual([])
  })
})
