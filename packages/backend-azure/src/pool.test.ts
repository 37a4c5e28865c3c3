import { expect, it } from 'vitest'
import { interfacesIn, membersOf, poolFindings } from './pool.ts'
import type { PoolSeen } from './pool.ts'

const candidates = ['a', 'b'].map((node, index) => ({ node, addresses: [`10.1.0.${11 + index}`] }))
const seen: PoolSeen = { members: ['10.1.0.11', '10.1.0.12'], own: ['10.1.0.11'], candidates, node: 'a', balancer: 'inside' }
const codes = (more: Partial<PoolSeen>): readonly string[] =>
  poolFindings({ ...seen, ...more }).map(({ severity, code }) => `${severity} ${code}`)

it.each<[string, Partial<PoolSeen>, readonly string[]]>([
  ['with exactly the nodes of the group has nothing to be told of', {}, []],
  ['without this node never brings it traffic', { members: ['10.1.0.12'] }, ['error AZURE_NOT_IN_POOL']],
  ['without another node may lack it', { members: ['10.1.0.11'] }, ['warning AZURE_POOL_LACKS']],
  ['with somebody else may bring traffic there', { members: [...seen.members, '10.1.0.99'] }, ['warning AZURE_POOL_STRANGER']],
])('a pool %s', (_, more, expected) => {
  expect(codes(more)).toEqual(expected)
})

const nic = '/subscriptions/s/resourceGroups/shop/providers/Microsoft.Network/networkInterfaces/a-nic'

it('the members of a pool are interfaces, each told once', () => {
  const balancer = {
    backendAddressPools: [
      { id: '/pools/nodes', backendIPConfigurations: [{ id: `${nic}/ipConfigurations/one` }, { id: `${nic}/ipConfigurations/two` }] },
      { id: '/pools/other', backendIPConfigurations: [{ id: `${nic}-other/ipConfigurations/one` }] },
    ],
  }
  expect(interfacesIn(membersOf(balancer, ['/POOLS/nodes']))).toEqual([{ group: 'shop', name: 'a-nic' }])
})
