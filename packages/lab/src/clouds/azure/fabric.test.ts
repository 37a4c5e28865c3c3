import { describe, expect, it } from 'vitest'
import { addPublicAddress } from './build.ts'
import { fabricOf } from './fabric.ts'
import { planVnet } from './vnet-plan.ts'
import { apply } from './world.ts'
import type { Route } from './world.ts'

function planned() {
  const plan = planVnet('x', { nodes: ['n1', 'n2'] })
  plan.joined.push('10.66.0.0/24')
  const devices = new Map(plan.hosts.map((host) => [host.interface.id, host.port]))
  const [table] = plan.world.routeTables
  const [first] = plan.hosts
  if (table === undefined || first === undefined) throw new Error('a table and a host were planned')
  const write = (routes: Readonly<Record<string, Route['properties']>>, more: object = {}): void => {
    const parts = Object.entries(routes).map(([name, properties]) => ({ id: `${table.id}/routes/${name}`, name, properties }))
    table.properties = { ...table.properties, ...more, routes: parts }
  }
  const fabric = () => fabricOf(plan.world, { devices, joined: plan.joined })
  const toIn = (index: number, destination: string) => fabric().tables[index]?.find((route) => route.destination === destination)?.to
  return { ...plan, table, first, write, fabric, toIn }
}

describe('packets of a virtual network', () => {
  it('go to the internet, to other sites, and nowhere where nobody has the address, as the service itself says', () => {
    const { toIn } = planned()
    expect(['0.0.0.0/0', '10.66.0.0/24', '192.168.0.0/16'].map((destination) => toIn(0, destination))).toEqual(['igw', 'vgw', null])
  })

  it('go by the table of the subnet, once it is applied, before what the service itself says', () => {
    const { write, toIn, table, world } = planned()
    write({
      all: { addressPrefix: '0.0.0.0/0', nextHopType: 'None' },
      vip: { addressPrefix: '10.99.0.50/32', nextHopType: 'VirtualAppliance', nextHopIpAddress: '10.0.1.11' },
      nobody: { addressPrefix: '10.99.0.51/32', nextHopType: 'VirtualAppliance', nextHopIpAddress: '10.0.1.99' },
      out: { addressPrefix: '10.99.0.52/32', nextHopType: 'Internet' },
      far: { addressPrefix: '10.99.0.53/32', nextHopType: 'VirtualNetworkGateway' },
    })
    expect([toIn(0, '0.0.0.0/0'), toIn(0, '10.99.0.50/32')]).toEqual(['igw', undefined])
    apply(world, table)
    const all = ['0.0.0.0/0', ...['50', '51', '52', '53'].map((last) => `10.99.0.${last}/32`)]
    expect(all.map((destination) => toIn(0, destination))).toEqual([null, 'p-n2', null, 'igw', 'vgw'])
    expect(toIn(1, '10.99.0.50/32')).toBeUndefined()
  })

  it('do not go to other sites from a subnet whose table does not learn their routes', () => {
    const { write, toIn, table, world } = planned()
    write({}, { disableBgpRoutePropagation: true })
    apply(world, table)
    expect([toIn(0, '10.66.0.0/24'), toIn(1, '10.66.0.0/24')]).toEqual([undefined, 'vgw'])
  })

  it('reach a public address where the interface has it, and nobody whose machine is stopped', () => {
    const { world, first, fabric } = planned()
    expect(fabric().publics).toEqual([])
    const address = addPublicAddress(world, { group: 'lab', name: 'front' })
    const [own] = first.interface.properties.ipConfigurations
    if (own === undefined) throw new Error('an interface has an address')
    const configuration = { ...own, properties: { ...own.properties, publicIPAddress: { id: address.id } } }
    first.interface.properties = { ...first.interface.properties, ipConfigurations: [configuration] }
    apply(world, first.interface)
    expect(fabric().publics).toEqual([[address.properties.ipAddress, first.ipv4]])
    first.machine.state = 'stopped'
    expect(fabric().ports.map(({ isAlive }) => isAlive)).toEqual([false, true, true])
  })
})
