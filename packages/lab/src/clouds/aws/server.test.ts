import * as sdk from '@aws-sdk/client-ec2'
import type { EC2ClientConfig } from '@aws-sdk/client-ec2'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { addInstance, addInterface, addSubnet, addTable, addVpc } from './build.ts'
import { createEc2 } from './server.ts'
import type { Carried } from '../control-plane.ts'
import type { Keys } from './signature.ts'
import { emptyWorld } from './world.ts'
import type { Interface, RouteTable, World } from './world.ts'

// Amazon's own client asks: what it is told is what a backend would be told.

const overlay = '10.99.0.50/32'
const keys: Keys = { accessKeyId: 'AKIDMOVIP', secretAccessKey: 'one', principal: 'role/movip' }
const other: Keys = { accessKeyId: 'AKIDOTHER', secretAccessKey: 'two', principal: 'role/other' }

let world: World
let server: ReturnType<typeof createEc2>
let url = ''
let changes = 0
let tables: readonly RouteTable[] = []
let nodes: readonly Interface[] = []
const clients: sdk.EC2Client[] = []
const carried: Carried[] = []

beforeEach(async () => {
  world = emptyWorld('eu-west-1')
  const vpc = addVpc(world, { cidr: '10.0.0.0/16', ipv6Cidr: 'fd00:1::/56', tags: { Name: 'shop' } })
  const subnets = ['a', 'b'].map((zone, index) =>
    addSubnet(world, vpc, { zone: `eu-west-1${zone}`, cidr: `10.0.${index + 1}.0/24`, ipv6Cidr: `fd00:1:0:${index + 1}::/64` }),
  )
  tables = subnets.map((subnet) => addTable(world, vpc, { subnets: [subnet], tags: { movip: 'yes' } }))
  nodes = subnets.map((subnet, index) =>
    addInterface(world, subnet, addInstance(world, { Name: `n${index}` }), { primary: `10.0.${index + 1}.10` }),
  )
  changes = 0
  carried.length = 0
  server = createEc2({
    world,
    keys: [keys, other],
    denied: { 'role/other': ['ReplaceRoute'] },
    onChange: () => void (changes += 1),
    onCarried: (one) => void carried.push(one),
  })
  url = await server.listen('127.0.0.1')
})
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy()
  await server.close()
})

function clientOf(more: Partial<EC2ClientConfig> = {}, { accessKeyId, secretAccessKey }: Keys = keys): sdk.EC2Client {
  const client = new sdk.EC2Client({
    region: 'eu-west-1',
    endpoint: url,
    maxAttempts: 1,
    credentials: { accessKeyId, secretAccessKey },
    ...more,
  })
  clients.push(client)
  return client
}

/** The name of the fault that a call ends in; `ok` where it does not. */
const outcomeOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'ok',
    (error: unknown) => (error instanceof Error ? error.name : 'no error'),
  )

const [toFirst, toSecond] = [0, 1].map((index) => () => ({
  RouteTableId: tables[0]?.id ?? '',
  DestinationCidrBlock: overlay,
  NetworkInterfaceId: nodes[index]?.id ?? '',
})) as [() => sdk.ReplaceRouteCommandInput, () => sdk.ReplaceRouteCommandInput]

const create = (client = clientOf()): Promise<unknown> => client.send(new sdk.CreateRouteCommand(toFirst()))
const replace = (client = clientOf(), more: object = {}): Promise<unknown> =>
  client.send(new sdk.ReplaceRouteCommand({ ...toSecond(), ...more }))

async function holderOf(client = clientOf()): Promise<string | undefined> {
  const { RouteTables } = await client.send(new sdk.DescribeRouteTablesCommand({ RouteTableIds: [tables[0]?.id ?? ''] }))
  return RouteTables?.[0]?.Routes?.find(({ DestinationCidrBlock }) => DestinationCidrBlock === overlay)?.NetworkInterfaceId
}

describe('routes', () => {
  it('are made once, replaced where they are, read back, and taken away', async () => {
    expect(await outcomeOf(replace())).toBe('InvalidParameterValue')
    await create()
    expect(await outcomeOf(create())).toBe('RouteAlreadyExists')
    expect(await holderOf()).toBe(nodes[0]?.id)
    await replace()
    expect([await holderOf(), changes]).toEqual([nodes[1]?.id, 2])
    const where = { RouteTableId: tables[0]?.id, DestinationCidrBlock: overlay }
    await clientOf().send(new sdk.DeleteRouteCommand(where))
    expect(await outcomeOf(clientOf().send(new sdk.DeleteRouteCommand(where)))).toBe('InvalidRoute.NotFound')
  })

  it.each<[string, () => object, string]>([
    ['an unknown table', () => ({ RouteTableId: 'rtb-0' }), 'InvalidRouteTableID.NotFound'],
    ['an unknown interface', () => ({ NetworkInterfaceId: 'eni-0' }), 'InvalidNetworkInterfaceID.NotFound'],
    ['two targets', () => ({ InstanceId: world.instances[0]?.id }), 'InvalidParameterCombination'],
    ['two destinations', () => ({ DestinationIpv6CidrBlock: 'fd99::1/128' }), 'InvalidParameterCombination'],
    ['what is no block', () => ({ DestinationCidrBlock: '10.99.0.50' }), 'InvalidParameterValue'],
    ['an address inside the VPC', () => ({ DestinationCidrBlock: '10.0.1.50/32' }), 'InvalidParameterValue'],
    [
      'a table of another VPC',
      () => ({ RouteTableId: addTable(world, addVpc(world, { cidr: '10.7.0.0/16' }), {}).id }),
      'InvalidParameterValue',
    ],
  ])('are refused for %s', async (_, more, code) => {
    expect(await outcomeOf(clientOf().send(new sdk.CreateRouteCommand({ ...toFirst(), ...more() })))).toBe(code)
  })

  it('lead nowhere once their instance is stopped', async () => {
    await create()
    server.change((changed) => {
      for (const instance of changed.instances) instance.state = 'stopped'
    })
    const { RouteTables } = await clientOf().send(
      new sdk.DescribeRouteTablesCommand({ Filters: [{ Name: 'route.state', Values: ['blackhole'] }] }),
    )
    expect(RouteTables?.map(({ RouteTableId }) => RouteTableId)).toEqual([tables[0]?.id])
    expect(
      await outcomeOf(
        clientOf().send(new sdk.CreateRouteCommand({ ...toFirst(), NetworkInterfaceId: undefined, InstanceId: world.instances[0]?.id })),
      ),
    ).toBe('IncorrectInstanceState')
  })
})

describe('lists', () => {
  it('are filtered by names, tags and patterns, each filter by any of its values', async () => {
    const ids = async (Filters: sdk.Filter[]): Promise<unknown> => {
      const { RouteTables } = await clientOf().send(new sdk.DescribeRouteTablesCommand({ Filters }))
      return RouteTables?.map(({ RouteTableId }) => RouteTableId)
    }
    const [one = '', two = ''] = tables.map(({ id }) => id)
    expect(await ids([{ Name: 'tag:movip', Values: ['y*'] }])).toEqual([one, two])
    expect(
      await ids([
        { Name: 'association.subnet-id', Values: [world.subnets[1]?.id ?? ''] },
        { Name: 'tag-key', Values: ['movip'] },
      ]),
    ).toEqual([two])
    expect(await ids([{ Name: 'association.main', Values: ['true'] }])).toEqual([world.tables[0]?.id])
    expect(await ids([{ Name: 'tag:none', Values: ['x'] }])).toEqual([])
    expect(await outcomeOf(ids([{ Name: 'no-such', Values: ['x'] }]))).toBe('InvalidParameterValue')
  })

  it('come page by page', async () => {
    for (let count = 0; count < 12; count += 1) addTable(world, world.vpcs[0] ?? addVpc(world, { cidr: '10.8.0.0/16' }), {})
    const pages: number[] = []
    for await (const { RouteTables = [] } of sdk.paginateDescribeRouteTables({ client: clientOf(), pageSize: 6 }, {}))
      pages.push(RouteTables.length)
    expect(pages).toEqual([6, 6, 3])
  })

  it('show an instance with its interface, its place and its checks', async () => {
    const { Reservations } = await clientOf().send(new sdk.DescribeInstancesCommand({ InstanceIds: [world.instances[1]?.id ?? ''] }))
    expect(Reservations?.[0]?.Instances?.[0]).toMatchObject({
      SubnetId: world.subnets[1]?.id,
      State: { Name: 'running' },
      NetworkInterfaces: [{ NetworkInterfaceId: nodes[1]?.id, SourceDestCheck: true, PrivateIpAddress: '10.0.2.10' }],
    })
  })
})

describe('what may be done', () => {
  it('is told by a dry run, which changes nothing', async () => {
    await create()
    expect(await outcomeOf(replace(clientOf(), { DryRun: true }))).toBe('DryRunOperation')
    expect(await outcomeOf(replace(clientOf({}, other), { DryRun: true }))).toBe('UnauthorizedOperation')
    expect(await outcomeOf(replace(clientOf(), { DryRun: true, RouteTableId: 'rtb-0' }))).toBe('InvalidRouteTableID.NotFound')
    expect([await holderOf(), changes]).toEqual([nodes[0]?.id, 1])
    expect(await outcomeOf(replace(clientOf({}, other)))).toBe('UnauthorizedOperation')
  })

  it('is nothing for another region, and for nobody', async () => {
    expect(await outcomeOf(holderOf(clientOf({ region: 'us-east-1' })))).toBe('SignatureDoesNotMatch')
    const answer = await fetch(url, { method: 'POST', body: 'Action=DescribeVpcs&Version=2016-11-15' })
    expect([answer.status, await answer.text()]).toEqual([403, expect.stringContaining('<Code>MissingAuthenticationToken</Code>')])
  })
})

describe('an Elastic IP', () => {
  it('is had once, goes over unless that is forbidden, and stays with its private address', async () => {
    const client = clientOf()
    const { AllocationId } = await client.send(new sdk.AllocateAddressCommand({}))
    const to = (index: number, more: object = {}): Promise<unknown> =>
      client.send(new sdk.AssociateAddressCommand({ AllocationId, NetworkInterfaceId: nodes[index]?.id, ...more }))
    await to(0)
    expect(await outcomeOf(to(1, { AllowReassociation: false }))).toBe('Resource.AlreadyAssociated')
    expect(await outcomeOf(to(1, { PrivateIpAddress: '10.0.2.99' }))).toBe('InvalidParameterValue')
    await to(1, { AllowReassociation: true })
    const { Addresses } = await client.send(new sdk.DescribeAddressesCommand({ AllocationIds: [AllocationId ?? ''] }))
    expect(Addresses).toMatchObject([
      { NetworkInterfaceId: nodes[1]?.id, PrivateIpAddress: '10.0.2.10', InstanceId: world.instances[1]?.id },
    ])
    expect(await outcomeOf(client.send(new sdk.ReleaseAddressCommand({ AllocationId })))).toBe('InvalidIPAddress.InUse')
    await client.send(new sdk.DisassociateAddressCommand({ AssociationId: Addresses?.[0]?.AssociationId }))
    await client.send(new sdk.ReleaseAddressCommand({ AllocationId }))
    expect(await outcomeOf(to(0))).toBe('InvalidAllocationID.NotFound')
  })
})

describe('a secondary address', () => {
  it('is taken from another interface of its subnet only where that is allowed', async () => {
    const subnet = world.subnets[0]
    if (subnet === undefined) throw new Error('no subnet')
    const neighbour = addInterface(world, subnet, addInstance(world), { primary: '10.0.1.11' })
    const assign = (to: string | undefined, more: object = {}): Promise<unknown> =>
      clientOf().send(new sdk.AssignPrivateIpAddressesCommand({ NetworkInterfaceId: to, PrivateIpAddresses: ['10.0.1.50'], ...more }))
    await assign(nodes[0]?.id)
    expect(await outcomeOf(assign(neighbour.id))).toBe('InvalidParameterValue')
    expect(await outcomeOf(assign(nodes[1]?.id, { AllowReassignment: true }))).toBe('InvalidParameterValue')
    expect(await outcomeOf(assign(neighbour.id, { PrivateIpAddresses: ['10.0.1.10'], AllowReassignment: true }))).toBe(
      'InvalidParameterValue',
    )
    await assign(neighbour.id, { AllowReassignment: true })
    expect([nodes[0]?.secondaries, neighbour.secondaries]).toEqual([[], ['10.0.1.50']])
  })

  it('of IPv6 must be taken from its holder first', async () => {
    const subnet = world.subnets[0]
    if (subnet === undefined) throw new Error('no subnet')
    const neighbour = addInterface(world, subnet, addInstance(world), { primary: '10.0.1.11' })
    const six = { Ipv6Addresses: ['fd00:1:0:1::50'] }
    const assign = (to: string | undefined): Promise<unknown> =>
      clientOf().send(new sdk.AssignIpv6AddressesCommand({ NetworkInterfaceId: to, ...six }))
    await assign(nodes[0]?.id)
    expect(await outcomeOf(assign(neighbour.id))).toBe('InvalidParameterValue')
    await clientOf().send(new sdk.UnassignIpv6AddressesCommand({ NetworkInterfaceId: nodes[0]?.id, ...six }))
    await assign(neighbour.id)
    expect(neighbour.ipv6).toEqual(six.Ipv6Addresses)
  })
})

describe('a switch', () => {
  it('refuses calls, done or not, and says how long to wait', async () => {
    await create()
    const off = server.switches.turnOn({
      actions: ['ReplaceRoute'],
      effect: { type: 'fault', code: 'RequestLimitExceeded', applied: false, retryAfterS: 2 },
    })
    const refused: unknown = await replace().catch((error: unknown) => error)
    expect(refused).toMatchObject({ name: 'RequestLimitExceeded', $response: { statusCode: 503, headers: { 'retry-after': '2' } } })
    expect(await holderOf()).toBe(nodes[0]?.id)
    off()
    server.switches.turnOn({
      about: tables[0]?.id ?? '',
      actions: ['ReplaceRoute'],
      effect: { type: 'fault', code: 'InternalError', applied: true },
    })
    expect(await outcomeOf(replace())).toBe('InternalError')
    expect(await holderOf()).toBe(nodes[1]?.id)
  })

  it('ends connections without an answer, done or not', async () => {
    await create()
    const off = server.switches.turnOn({ actions: ['ReplaceRoute'], effect: { type: 'reset', applied: false } })
    expect([await outcomeOf(replace()), await holderOf()]).not.toContain('ok')
    expect(await holderOf()).toBe(nodes[0]?.id)
    off()
    server.switches.turnOn({ actions: ['ReplaceRoute'], effect: { type: 'reset', applied: true } })
    expect(await outcomeOf(replace())).not.toBe('ok')
    expect(await holderOf()).toBe(nodes[1]?.id)
  })

  it('carries out late what nobody waits for any more, and never what hangs', async () => {
    await create()
    const off = server.switches.turnOn({ principal: 'role/movip', actions: ['ReplaceRoute'], effect: { type: 'held' } })
    const client = clientOf()
    const given = client.send(new sdk.ReplaceRouteCommand(toSecond()), { abortSignal: AbortSignal.timeout(50) })
    expect(await outcomeOf(given)).toBe('AbortError')
    expect(await holderOf()).toBe(nodes[0]?.id)
    off()
    await expect.poll(() => holderOf()).toBe(nodes[1]?.id)
    server.switches.turnOn({ actions: ['DeleteRoute'], effect: { type: 'hang' } })
    const gone = client.send(new sdk.DeleteRouteCommand({ RouteTableId: tables[0]?.id, DestinationCidrBlock: overlay }), {
      abortSignal: AbortSignal.timeout(50),
    })
    expect(await outcomeOf(gone)).toBe('AbortError')
    expect(await holderOf()).toBe(nodes[1]?.id)
  })

  it('lets reads tell what was', async () => {
    await create()
    await new Promise((resolve) => setTimeout(resolve, 20))
    await replace()
    const off = server.switches.turnOn({ effect: { type: 'stale', ms: 60_000 } })
    expect(await holderOf()).toBeUndefined()
    off()
    expect(await holderOf()).toBe(nodes[1]?.id)
  })
})

it('every call is written down with who made it and how it ended', async () => {
  await create()
  await outcomeOf(replace(clientOf({}, other)))
  expect(carried.map(({ action, principal, outcome }) => [action, principal, outcome])).toEqual([
    ['CreateRoute', 'role/movip', 'ok'],
    ['ReplaceRoute', 'role/other', 'UnauthorizedOperation'],
  ])
})
