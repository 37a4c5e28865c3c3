import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { NetworkManagementClient } from '@azure/arm-network'
import { addLoadBalancer, addPublicAddress } from './build.ts'
import { group, outcomeOf, Rig } from './testing/rig.ts'

// Microsoft's own client asks: what it is told is what a backend would be told.

let rig: Rig
let client: NetworkManagementClient

beforeEach(async () => {
  rig = new Rig({ denied: { other: ['Microsoft.Network/routeTables/routes/write'] }, pageSize: 3 })
  await rig.start()
  client = rig.client()
})
afterEach(() => rig.arm.server.close())

const quick = { updateIntervalInMs: 5 }
const vip = { addressPrefix: '10.99.0.50/32', nextHopType: 'VirtualAppliance' }
const toSecond = { ...vip, nextHopIpAddress: '10.0.1.11' }

async function all<Item>(items: AsyncIterable<Item>): Promise<readonly Item[]> {
  const found: Item[] = []
  for await (const item of items) found.push(item)
  return found
}

describe('a route', () => {
  it('is replaced where it is, made where it is not, and taken away', async () => {
    const done = await client.routes.createOrUpdate(group, 'routes', 'vip', toSecond, quick)
    expect(done).toMatchObject({ nextHopIpAddress: '10.0.1.11', provisioningState: 'Succeeded' })
    expect(rig.shop.table.applied?.routes[0]?.properties.nextHopIpAddress).toBe('10.0.1.11')
    await client.routes.createOrUpdate(group, 'routes', 'more', { ...toSecond, addressPrefix: '10.98.0.0/24' }, quick)
    expect((await all(client.routes.list(group, 'routes'))).map(({ name }) => name)).toEqual(['vip', 'more'])
    await client.routes.delete(group, 'routes', 'vip', quick)
    await client.routes.delete(group, 'routes', 'vip', quick)
    expect(await outcomeOf(client.routes.get(group, 'routes', 'vip'))).toBe('404 NotFound')
    expect([rig.shop.table.applied?.routes.length, rig.changes]).toEqual([1, 4])
  })

  it.each<[string, object, string]>([
    ['a next hop without an address', { nextHopIpAddress: undefined }, '400 NextHopIpAddressRequired'],
    ['an address with another kind of hop', { nextHopType: 'Internet' }, '400 NextHopIpAddressNotAllowed'],
    ['what is no block', { addressPrefix: '10.99.0.0/40' }, '400 InvalidAddressPrefixFormat'],
    ['a block that another route has', { addressPrefix: '10.99.0.50/32' }, '400 RouteConflict'],
    ['a kind of hop that there is not', { nextHopType: 'Elsewhere' }, '400 InvalidRequestFormat'],
  ])('is refused for %s', async (_, more, code) => {
    const wanted = { ...toSecond, addressPrefix: '10.98.0.0/24', ...more }
    expect(await outcomeOf(client.routes.createOrUpdate(group, 'routes', 'more', wanted, quick))).toBe(code)
    expect(rig.shop.table.properties.routes).toHaveLength(1)
  })

  it('needs its table', async () => {
    expect(await outcomeOf(client.routes.createOrUpdate(group, 'none', 'vip', toSecond, quick))).toBe('404 ParentResourceNotFound')
  })
})

describe('a route table', () => {
  it('is written whole: routes that are left out are gone', async () => {
    await client.routeTables.createOrUpdate(group, 'routes', { location: 'westeurope', tags: { by: 'us' } }, quick)
    const { routes, tags, subnets, ...table } = await client.routeTables.get(group, 'routes')
    expect([routes, tags, table.disableBgpRoutePropagation]).toEqual([[], { by: 'us' }, false])
    expect(subnets?.map(({ id }) => id)).toEqual([rig.shop.network.properties.subnets[0]?.id])
    await client.routeTables.updateTags(group, 'routes', { tags: { by: 'you' } })
    expect((await client.routeTables.get(group, 'routes')).tags).toEqual({ by: 'you' })
  })

  it('cannot be taken away while a subnet uses it, nor go to another region', async () => {
    expect(await outcomeOf(client.routeTables.delete(group, 'routes', quick))).toBe('400 InUseRouteTableCannotBeDeleted')
    expect(await outcomeOf(client.routeTables.createOrUpdate(group, 'routes', { location: 'eastus' }, quick))).toBe(
      '409 InvalidResourceLocation',
    )
    await client.routeTables.createOrUpdate(group, 'free', { location: 'westeurope' }, quick)
    await client.routeTables.delete(group, 'free', quick)
    expect(await outcomeOf(client.routeTables.get(group, 'free'))).toBe('404 ResourceNotFound')
  })

  it('is found among many, page by page', async () => {
    for (let count = 0; count < 6; count += 1)
      await client.routeTables.createOrUpdate(group, `t${count}`, { location: 'westeurope' }, quick)
    const pages: number[] = []
    for await (const page of client.routeTables.list(group).byPage()) pages.push(page.length)
    expect([pages, (await all(client.routeTables.listAll())).length]).toEqual([[3, 3, 1], 7])
  })
})

describe('an interface', () => {
  const get = (name = 'nic0'): ReturnType<typeof client.networkInterfaces.get> => client.networkInterfaces.get(group, name)
  const secondary = (): object => ({
    name: 'vip',
    privateIPAllocationMethod: 'Static',
    privateIPAddress: '10.0.1.60',
    subnet: { id: rig.shop.network.properties.subnets[0]?.id },
  })
  const write = async (name: string, more: object): Promise<string> =>
    outcomeOf(client.networkInterfaces.createOrUpdate(group, name, { ...(await get(name)), ...more }, quick))

  it('gets an address that no other has, and gives it up before another can have it', async () => {
    const [first, second] = [(await get()).ipConfigurations ?? [], (await get('nic1')).ipConfigurations ?? []]
    expect(await write('nic0', { ipConfigurations: [...first, secondary()] })).toBe('ok')
    expect(await write('nic1', { ipConfigurations: [...second, secondary()] })).toBe('400 PrivateIPAddressIsAllocated')
    expect(await write('nic0', { ipConfigurations: first })).toBe('ok')
    expect(await write('nic1', { ipConfigurations: [...second, secondary()] })).toBe('ok')
    expect(rig.shop.nodes.map(({ applied }) => applied?.ipConfigurations.length)).toEqual([1, 2])
    expect((await all(client.networkInterfaceIPConfigurations.list(group, 'nic1'))).map(({ name }) => name)).toEqual(['ipconfig1', 'vip'])
    expect((await client.networkInterfaceIPConfigurations.get(group, 'nic1', 'vip')).privateIPAddress).toBe('10.0.1.60')
  })

  it.each([
    ['outside its subnet', '10.0.2.60', '400 PrivateIPAddressNotInSubnet'],
    ["that is the service's own", '10.0.1.3', '400 PrivateIPAddressInReservedRange'],
    ['that a load balancer has', '10.0.1.50', '400 PrivateIPAddressIsAllocated'],
  ])('gets no address %s', async (_, privateIPAddress, code) => {
    const { ipConfigurations = [] } = await get()
    expect(await write('nic0', { ipConfigurations: [...ipConfigurations, { ...secondary(), privateIPAddress }] })).toBe(code)
  })

  it('is chosen an address that is free where it asks for none, and keeps that', async () => {
    const subnet = { id: rig.shop.network.properties.subnets[0]?.id ?? '' }
    const wanted = { location: 'westeurope', ipConfigurations: [{ name: 'a', subnet }] }
    const addressOf = async (name: string): Promise<string | undefined> =>
      (await client.networkInterfaces.createOrUpdate(group, name, wanted, quick)).ipConfigurations?.[0]?.privateIPAddress
    expect([await addressOf('new'), await addressOf('newer')]).toEqual(['10.0.1.4', '10.0.1.5'])
    await client.networkInterfaces.delete(group, 'new', quick)
    expect(await addressOf('newer')).toBe('10.0.1.5')
    expect(await outcomeOf(get('new'))).toBe('404 ResourceNotFound')
    expect(await outcomeOf(client.networkInterfaces.delete(group, 'nic0', quick))).toBe('400 NicInUse')
  })

  it('keeps what only the service says, and loses forwarding that a write does not name', async () => {
    const { macAddress } = await get()
    expect(await write('nic0', { enableIPForwarding: undefined, macAddress: '00-00-00-00-00-00' })).toBe('ok')
    expect(await get()).toMatchObject({ macAddress, enableIPForwarding: false, virtualMachine: { id: rig.shop.world.machines[0]?.id } })
    await client.networkInterfaces.updateTags(group, 'nic0', { tags: { by: 'us' } })
    expect((await get()).tags).toEqual({ by: 'us' })
  })

  it('refers only to what is there, and to the public address of no other', async () => {
    const { ipConfigurations: [first] = [] } = await get()
    const [other] = (await get('nic1')).ipConfigurations ?? []
    const { id } = rig.shop.address
    const withAddress = (one: object | undefined, to: string): object => ({ ipConfigurations: [{ ...one, publicIPAddress: { id: to } }] })
    expect(await write('nic0', withAddress(first, `${id}x`))).toBe('400 InvalidResourceReference')
    expect(await write('nic0', withAddress(first, id))).toBe('ok')
    expect(await write('nic1', withAddress(other, id))).toBe('400 PublicIPAddressInUse')
    expect((await client.publicIPAddresses.get(group, 'front')).ipConfiguration?.id).toBe(first?.id)
    expect(await outcomeOf(client.publicIPAddresses.delete(group, 'front', quick))).toBe('400 PublicIPAddressCannotBeDeleted')
  })

  it('tells the routes that its packets really go by, while its machine runs', async () => {
    const told = await client.networkInterfaces.getEffectiveRouteTable(group, 'nic0', quick)
    expect(told.value?.find(({ source }) => source === 'User')).toMatchObject({
      addressPrefix: ['10.99.0.50/32'],
      nextHopIpAddress: ['10.0.1.10'],
    })
    rig.arm.server.change(({ machines }) => machines.forEach((machine) => (machine.state = 'stopped')))
    expect(await outcomeOf(client.networkInterfaces.getEffectiveRouteTable(group, 'nic0', quick))).toMatch('400')
  })

  it('names its load balancers, and is named by them', async () => {
    expect((await all(client.networkInterfaceLoadBalancers.list(group, 'nic0'))).map(({ name }) => name)).toEqual(['inside'])
    expect((await all(client.loadBalancerNetworkInterfaces.list(group, 'inside'))).map(({ name }) => name)).toEqual(['nic0', 'nic1'])
    expect((await all(client.networkInterfaces.list(group))).length).toBe(2)
  })
})

describe('a load balancer', () => {
  it('is told with its probes, rules and pools, and who is in them', async () => {
    const told = await client.loadBalancers.get(group, 'inside')
    expect(told.probes?.[0]).toMatchObject({ protocol: 'Http', requestPath: '/health', intervalInSeconds: 5, probeThreshold: 1 })
    expect(told.loadBalancingRules?.[0]).toMatchObject({ enableFloatingIP: true, probe: { id: told.probes?.[0]?.id } })
    expect(told.backendAddressPools?.[0]?.backendIPConfigurations?.map(({ id }) => id)).toEqual(
      rig.shop.nodes.map(({ properties }) => properties.ipConfigurations[0]?.id),
    )
    const [probe, front, pool, rule] = [
      await client.loadBalancerProbes.get(group, 'inside', 'probe'),
      await client.loadBalancerFrontendIPConfigurations.get(group, 'inside', 'front'),
      await client.loadBalancerBackendAddressPools.get(group, 'inside', 'nodes'),
      await client.loadBalancerLoadBalancingRules.get(group, 'inside', 'web'),
    ]
    expect(probe.loadBalancingRules?.[0]?.id).toBe(rule.id)
    expect([front.privateIPAddress, pool.loadBalancerBackendAddresses?.length]).toEqual(['10.0.1.50', 2])
    for (const list of [
      client.loadBalancerProbes.list(group, 'inside'),
      client.loadBalancerFrontendIPConfigurations.list(group, 'inside'),
      client.loadBalancerBackendAddressPools.list(group, 'inside'),
      client.loadBalancerLoadBalancingRules.list(group, 'inside'),
      client.loadBalancers.list(group),
      client.loadBalancers.listAll(),
    ])
      expect(await all<{ name?: string }>(list)).toHaveLength(1)
  })

  it('is written back as it was read, and keeps its parts', async () => {
    const before = await client.loadBalancers.get(group, 'inside')
    await client.loadBalancers.createOrUpdate(group, 'inside', before, quick)
    expect({ ...(await client.loadBalancers.get(group, 'inside')), etag: '' }).toMatchObject({
      sku: { name: 'Standard' },
      probes: [{ port: 8080 }],
      backendAddressPools: [{ backendIPConfigurations: [{}, {}], loadBalancerBackendAddresses: [{}, {}] }],
    })
    await client.loadBalancers.updateTags(group, 'inside', { tags: { by: 'us' } })
    expect((await client.loadBalancers.get(group, 'inside')).tags).toEqual({ by: 'us' })
  })

  it.each<[string, object, string]>([
    [
      'a probe that asks too often',
      { probes: [{ name: 'probe', protocol: 'Tcp', port: 80, intervalInSeconds: 1 }] },
      '400 InvalidRequestFormat',
    ],
    ['a path for a TCP probe', { probes: [{ name: 'probe', protocol: 'Tcp', port: 80, requestPath: '/' }] }, '400 InvalidRequestFormat'],
    [
      'a pool that interfaces are in, left out',
      { backendAddressPools: [], loadBalancingRules: [] },
      '400 InUseBackendAddressPoolCannotBeDeleted',
    ],
    ['a probe that a rule refers to and is not there', { probes: [] }, '400 InvalidResourceReference'],
  ])('is refused for %s', async (_, more, code) => {
    const before = await client.loadBalancers.get(group, 'inside')
    expect(await outcomeOf(client.loadBalancers.createOrUpdate(group, 'inside', { ...before, ...more }, quick))).toBe(code)
  })

  it('has pools that come and go by themselves, but not while they are used', async () => {
    await client.loadBalancerBackendAddressPools.createOrUpdate(
      group,
      'inside',
      'spare',
      { loadBalancerBackendAddresses: [{ name: 'x', ipAddress: '10.0.1.77', virtualNetwork: { id: rig.shop.network.id } }] },
      quick,
    )
    expect((await client.loadBalancers.get(group, 'inside')).backendAddressPools?.map(({ name }) => name)).toEqual(['nodes', 'spare'])
    await client.loadBalancerBackendAddressPools.delete(group, 'inside', 'spare', quick)
    expect(await outcomeOf(client.loadBalancerBackendAddressPools.delete(group, 'inside', 'nodes', quick))).toMatch('400 InUse')
  })

  it('tells how a rule finds its backends: up, down, and nothing of a machine that is stopped', async () => {
    const health = (): ReturnType<typeof client.loadBalancerLoadBalancingRules.health> =>
      client.loadBalancerLoadBalancingRules.health(group, 'inside', 'web', quick)
    const rule = rig.shop.inside.properties.loadBalancingRules[0]?.id ?? ''
    expect(await health()).toMatchObject({ up: 0, down: 2 })
    rig.arm.server.change((world) => {
      world.health[rule] = { '10.0.1.10': { state: 'Up', reason: 'Up_Probe_Success' } }
      for (const machine of world.machines) machine.state = machine.name === 'n1' ? 'stopped' : 'running'
    })
    const { up, down, loadBalancerBackendAddresses } = await health()
    expect([up, down]).toEqual([1, 0])
    expect(loadBalancerBackendAddresses).toMatchObject([
      { ipAddress: '10.0.1.10', state: 'Up', reason: 'Up_Probe_Success' },
      { ipAddress: '', state: '', reason: '' },
    ])
    expect(await outcomeOf(client.loadBalancerLoadBalancingRules.health(group, 'inside', 'none', quick))).toBe('404 NotFound')
  })

  it('gives the public address of its frontend in exchange for that of another', async () => {
    const { world, address } = rig.shop
    const addresses = [address, addPublicAddress(world, { group, name: 'second' })]
    const balancers = addresses.map((frontend, index) =>
      addLoadBalancer(world, { group, name: `out${index}` }, { frontend, probe: { port: 80 }, rule: { name: 'web', port: 80 } }),
    )
    const swap = (pairs: readonly (readonly [number, number])[]): Promise<string> =>
      outcomeOf(
        client.loadBalancers.swapPublicIpAddresses(
          'westeurope',
          {
            frontendIPConfigurations: pairs.map(([from, to]) => ({
              id: balancers[from]?.properties.frontendIPConfigurations[0]?.id ?? '',
              publicIPAddress: { id: addresses[to]?.id ?? '' },
            })),
          },
          quick,
        ),
      )
    const both = [
      [0, 1],
      [1, 0],
    ] as const
    expect(await swap([[0, 1]])).toBe('400 PublicIPAddressInUse')
    const publicNow = (): readonly unknown[] =>
      balancers.map(({ applied }) => applied?.frontendIPConfigurations[0]?.properties.publicIPAddress?.id)
    const off = rig.arm.operations.turnOn({}, { outcome: 'Failed' })
    expect(await swap(both)).not.toBe('ok')
    expect(publicNow()).toEqual(addresses.map(({ id }) => id))
    off()
    expect(await swap(both)).toBe('ok')
    expect(publicNow()).toEqual(addresses.map(({ id }) => id).toReversed())
  })

  it('can be made and taken away', async () => {
    await client.loadBalancers.createOrUpdate(group, 'new', { location: 'westeurope', sku: { name: 'Standard' } }, quick)
    await client.loadBalancers.delete(group, 'new', quick)
    expect(await outcomeOf(client.loadBalancers.get(group, 'new'))).toBe('404 ResourceNotFound')
  })
})

describe('a public address', () => {
  it('is chosen by the service and stays', async () => {
    const make = (): ReturnType<typeof client.publicIPAddresses.createOrUpdate> =>
      client.publicIPAddresses.createOrUpdate(group, 'new', { location: 'westeurope', sku: { name: 'Standard' } }, quick)
    expect([(await make()).ipAddress, (await make()).ipAddress]).toEqual(['203.0.113.2', '203.0.113.2'])
    expect((await all(client.publicIPAddresses.list(group))).map(({ name }) => name)).toEqual(['front', 'new'])
    await client.publicIPAddresses.updateTags(group, 'new', { tags: { by: 'us' } })
    await client.publicIPAddresses.delete(group, 'new', quick)
    expect(await outcomeOf(client.publicIPAddresses.get(group, 'new'))).toBe('404 ResourceNotFound')
  })
})

describe('a network', () => {
  it('and its subnets are read, whole where a read asks for that', async () => {
    const network = await client.virtualNetworks.get(group, 'net')
    expect(network).toMatchObject({ addressSpace: { addressPrefixes: ['10.0.0.0/16'] }, subnets: [{ addressPrefix: '10.0.1.0/24' }] })
    const subnet = await client.subnets.get(group, 'net', 'one')
    expect([subnet.ipConfigurations?.length, subnet.routeTable?.routes]).toEqual([3, undefined])
    const expanded = await client.subnets.get(group, 'net', 'one', { expand: 'routeTable,networkSecurityGroup' })
    expect(expanded.routeTable?.routes?.map(({ name }) => name)).toEqual(['vip'])
    expect(expanded.networkSecurityGroup).toMatchObject({ name: 'guard', securityRules: [{ access: 'Allow' }] })
  })
})

describe('who asks', () => {
  it.each([
    ['a token that is not known', 'bad', '401 InvalidAuthenticationToken'],
    ['a token that has ended', 'late', '401 ExpiredAuthenticationToken'],
  ])('is refused with %s', async (_, token, code) => {
    expect(await outcomeOf(rig.client(token).routes.get(group, 'routes', 'vip'))).toBe(code)
  })

  it('must do only what it may', async () => {
    const other = rig.client('other')
    expect(await outcomeOf(other.routes.createOrUpdate(group, 'routes', 'vip', toSecond, quick))).toBe('403 AuthorizationFailed')
    expect(await outcomeOf(other.routes.get(group, 'routes', 'vip'))).toBe('ok')
    expect(rig.carried.map(({ action, principal, outcome }) => [action, principal, outcome])).toEqual([
      ['routes.createOrUpdate', 'other', 'AuthorizationFailed'],
      ['routes.get', 'other', 'ok'],
    ])
  })

  it('must name a subscription and a group that are there', async () => {
    expect(await outcomeOf(rig.client('good', '00000000-0000-4000-8000-000000000009').routes.get(group, 'routes', 'vip'))).toBe(
      '404 SubscriptionNotFound',
    )
    expect(await outcomeOf(client.routes.get('none', 'routes', 'vip'))).toBe('404 ResourceGroupNotFound')
  })
})
