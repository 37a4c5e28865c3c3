import { describe, expect, it } from 'vitest'
import { fabricOf } from './fabric.ts'
import { planGcp } from './vpc-plan.ts'
import { addDocument, found, linkOf } from './world.ts'
import type { Fields } from './contract.ts'

const destination = '10.99.0.50/32'

function planned() {
  const { world, hosts } = planGcp('x', { nodes: ['n1', 'n2'] })
  const [first, second, client] = hosts
  if (first === undefined || second === undefined || client === undefined) throw new Error('three hosts were planned')
  const route = (name: string, fields: Fields): void =>
    addDocument(world, `global/routes/${name}`, { network: linkOf(world, 'global/networks/lab'), destRange: destination, ...fields })
  const change = (instance: string, fields: Fields): void => void world.documents.set(instance, { ...found(world, instance), ...fields })
  const fabric = () => fabricOf(world, hosts, ['10.66.0.0/24'])
  /** Where each host's packets for the address go: those of the nodes, then the client's. */
  const leads = () => fabric().tables.map((routes) => routes.find((one) => one.destination === destination)?.to)
  return { world, first, second, client, route, change, fabric, leads }
}

describe("packets of a network of Google's", () => {
  it('go by the route of the first priority, to an instance or to an address', () => {
    const { world, first, second, route, leads } = planned()
    route('one', { nextHopInstance: linkOf(world, first.instance) })
    expect(leads()).toEqual(['p-n1', 'p-n1', 'p-n1'])
    route('two', { nextHopIp: second.ipv4, priority: 900 })
    expect(leads()).toEqual(['p-n2', 'p-n2', 'p-n2'])
    route('three', { nextHopIp: '10.0.1.99', priority: 800 })
    expect(leads()).toEqual([null, null, null])
  })

  it('pass over a route to an instance that does not run', () => {
    const { world, first, second, route, change, leads } = planned()
    route('one', { nextHopInstance: linkOf(world, first.instance), priority: 100 })
    route('two', { nextHopInstance: linkOf(world, second.instance) })
    change(first.instance, { status: 'TERMINATED' })
    expect(leads()).toEqual(['p-n2', 'p-n2', 'p-n2'])
    change(second.instance, { status: 'TERMINATED' })
    expect(leads()).toEqual([undefined, undefined, undefined])
  })

  it('go by a route with tags from instances that have one of them, and from no others', () => {
    const { world, first, client, route, change, leads } = planned()
    route('tagged', { nextHopInstance: linkOf(world, first.instance), tags: ['clients'] })
    change(client.instance, { tags: { items: ['web', 'clients'] } })
    expect(leads()).toEqual([undefined, undefined, 'p-n1'])
  })

  it('are delivered to whoever has the alias range or the address in the internet, and go to other sites', () => {
    const { first, change, fabric } = planned()
    const own = { name: 'nic0', networkIP: first.ipv4, aliasIpRanges: [{ ipCidrRange: '10.0.1.64/28' }, { ipCidrRange: '10.0.1.90' }] }
    change(first.instance, { networkInterfaces: [{ ...own, accessConfigs: [{ natIP: '203.0.113.7' }] }] })
    expect(fabric().ports[0]).toEqual({
      device: 'p-n1',
      addresses: ['10.0.1.10/32', '10.0.1.64/28', '10.0.1.90/32'],
      isAlive: true,
      isChecked: false,
    })
    expect(fabric().publics).toEqual([['203.0.113.7', '10.0.1.10']])
    expect(fabric().tables[0]).toContainEqual({ destination: '10.66.0.0/24', to: 'vgw' })
  })
})
