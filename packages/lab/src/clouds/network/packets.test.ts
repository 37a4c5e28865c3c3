import { describe, expect, it } from 'vitest'
import { fabricOf } from '../aws/fabric.ts'
import { planVpc } from '../aws/vpc-plan.ts'
import { checkRules, publicRules, routeChanges, routesOf } from './packets.ts'

const overlay = '10.99.0.50/32'

function planned() {
  const plan = planVpc('x', { nodes: ['n1', 'n2'] })
  const [first, second] = plan.hosts
  if (first === undefined || second === undefined) throw new Error('two hosts were planned')
  for (const table of plan.world.tables)
    table.routes.push({ destination: overlay, origin: 'CreateRoute', target: { kind: 'interface', id: first.interface.id } })
  return { ...plan, first, second }
}

describe('the routes of a VPC', () => {
  it('deliver what belongs to an interface to its port, whatever table is asked', () => {
    const { world, ports, second } = planned()
    second.interface.secondaries.push('10.0.2.50')
    const routes = routesOf(fabricOf(world, ports))
    const way = 'via 169.254.1.1 dev p-n2 onlink'
    expect([routes.get(`99 ${second.ipv4}/32`), routes.get('99 10.0.2.50/32')]).toEqual([way, way])
    expect(routes.get(`99 ${second.ipv6}/128`)).toBe('via fe80::ffff dev p-n2 onlink')
  })

  it('follow the table of each subnet, and end where the instance is stopped or the interface is gone', () => {
    const { world, ports, first } = planned()
    const over = (): unknown[] => world.subnets.map((_, index) => routesOf(fabricOf(world, ports)).get(`${100 + index} ${overlay}`))
    expect(over()).toEqual(Array.from({ length: 4 }, () => 'via 169.254.1.1 dev p-n1 onlink'))
    const [instance] = world.instances
    if (instance !== undefined) instance.state = 'stopped'
    expect(over()).toEqual(Array.from({ length: 4 }, () => 'blackhole'))
    world.interfaces.splice(world.interfaces.indexOf(first.interface), 1)
    expect(over()).toEqual(Array.from({ length: 4 }, () => 'blackhole'))
  })

  it('change by what is other than before, and nothing else', () => {
    const before = new Map([
      ['99 10.0.1.10/32', 'via a'],
      ['100 10.99.0.50/32', 'via a'],
      ['101 10.99.0.50/32', 'blackhole'],
    ])
    const after = new Map([
      ['99 10.0.1.10/32', 'via a'],
      ['100 10.99.0.50/32', 'blackhole'],
      ['102 10.99.0.50/32', 'via b'],
    ])
    expect(routeChanges(before, after)).toEqual([
      'route replace blackhole 10.99.0.50/32 table 100',
      'route replace 10.99.0.50/32 via b table 102',
      'route del 10.99.0.50/32 table 101',
    ])
    expect(routeChanges(after, after)).toEqual([])
  })
})

describe('the rules of a VPC', () => {
  it('hold to their addresses the interfaces that are checked', () => {
    const { world, ports, first } = planned()
    expect(checkRules(fabricOf(world, ports))).toContain('elements = { "p-client" }')
    first.interface.sourceDestCheck = true
    expect(checkRules(fabricOf(world, ports))).toContain('elements = { "p-n1", "p-client" }')
    expect(checkRules(fabricOf(world, ports))).toContain(`"p-n1" . ${first.ipv4}/32`)
  })

  it('swap an Elastic IP and what it stands for, in both directions', () => {
    const { world, ports, first } = planned()
    expect(publicRules(fabricOf(world, ports))).not.toContain('203.0.113')
    const association = { id: 'eipassoc-1', interface: first.interface.id, privateIp: first.ipv4 }
    world.addresses.push({ id: 'eipalloc-1', publicIp: '203.0.113.10', tags: {}, association })
    expect(publicRules(fabricOf(world, ports))).toContain(`elements = { 203.0.113.10 : ${first.ipv4} }`)
    expect(publicRules(fabricOf(world, ports))).toContain(`elements = { ${first.ipv4} : 203.0.113.10 }`)
  })
})
