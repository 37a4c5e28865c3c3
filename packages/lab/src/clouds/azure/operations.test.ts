import type { NetworkManagementClient } from '@azure/arm-network'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { group, outcomeOf, Rig } from './testing/rig.ts'

// How writes go on after their answer, and what goes wrong with them, told to Microsoft's own client or on the wire.

let rig: Rig
let client: NetworkManagementClient
let route = ''

beforeEach(async () => {
  rig = new Rig({ operationMs: Infinity, retryAfterS: 0 })
  await rig.start()
  client = rig.client()
  route = `${rig.shop.table.id}/routes/vip`
})
afterEach(() => rig.arm.server.close())

const quick = { updateIntervalInMs: 5 }
const toSecond = { addressPrefix: '10.99.0.50/32', nextHopType: 'VirtualAppliance', nextHopIpAddress: '10.0.1.11' }
const move = (options: object = {}, by = client): Promise<string> =>
  outcomeOf(by.routes.createOrUpdate(group, 'routes', 'vip', toSecond, { ...quick, ...options }))
const put = (more: object = {}): ReturnType<Rig['raw']> => rig.raw('PUT', route, { body: { properties: toSecond }, ...more })
const hop = (): string | undefined => rig.shop.table.applied?.routes[0]?.properties.nextHopIpAddress
const told = async (): Promise<string | undefined> => (await client.routes.get(group, 'routes', 'vip')).nextHopIpAddress

describe('a write', () => {
  it('is told of as it will be while packets go on as they did, until it ends', async () => {
    const { status, headers, body } = await put()
    expect([status, headers['retry-after'], body['properties']]).toMatchObject([200, '0', { provisioningState: 'Updating' }])
    expect([await told(), hop()]).toEqual(['10.0.1.11', '10.0.1.10'])
    const { headers: asked } = await rig.raw('POST', `${rig.shop.nodes[0].id}/effectiveRouteTable`)
    const poll = String(headers['azure-asyncoperation'])
    expect((await rig.raw('GET', poll)).body).toEqual({ status: 'InProgress' })
    rig.arm.operations.endAll()
    expect((await rig.raw('GET', poll)).body).toEqual({ status: 'Succeeded' })
    expect((await rig.raw('GET', String(asked['location']))).body).toMatchObject({
      value: expect.arrayContaining([expect.objectContaining({ source: 'User', nextHopIpAddress: ['10.0.1.11'] })]) as unknown,
    })
    expect([(await client.routes.get(group, 'routes', 'vip')).provisioningState, hop()]).toEqual(['Succeeded', '10.0.1.11'])
    expect(
      (await rig.raw('PUT', `${rig.shop.table.id}/routes/new`, { body: { properties: { ...toSecond, addressPrefix: '10.98.0.0/24' } } }))
        .status,
    ).toBe(201)
  })

  it.each(['Failed', 'Canceled'] as const)('that ends as %s moves no packets, and is told to who waits', async (outcome) => {
    rig.arm.operations.turnOn({ actions: ['routes.createOrUpdate'] }, { ms: 0, outcome, code: 'InternalServerError' })
    const failed: unknown = await Promise.resolve(client.routes.createOrUpdate(group, 'routes', 'vip', toSecond, quick)).catch(
      (error: unknown) => error,
    )
    expect(String(failed)).toContain(outcome === 'Failed' ? 'failed' : 'canceled')
    expect([(await client.routeTables.get(group, 'routes')).provisioningState, hop()]).toEqual([outcome, '10.0.1.10'])
  })

  it('that failed may have moved packets nevertheless', async () => {
    rig.arm.operations.turnOn({ about: 'vip' }, { ms: 0, outcome: 'Failed', applied: true })
    expect([await move(), hop()]).not.toContain('ok')
    expect(hop()).toBe('10.0.1.11')
  })

  it('that never ends keeps who waits only as long as they want, and can end later', async () => {
    expect(await move({ abortSignal: AbortSignal.timeout(60) })).toBe('AbortError')
    expect(hop()).toBe('10.0.1.10')
    rig.arm.operations.endAll()
    expect(hop()).toBe('10.0.1.11')
  })

  it('that takes away is told to be going, then is gone', async () => {
    const free = rig.shop.table.id.replace(/routes$/, 'free')
    const off = rig.arm.operations.turnOn({}, { ms: 0 })
    await rig.raw('PUT', free, { body: { location: 'westeurope' } })
    off()
    const { status, headers } = await rig.raw('DELETE', free)
    expect([status, (await client.routeTables.get(group, 'free')).provisioningState]).toEqual([202, 'Deleting'])
    expect((await rig.raw('GET', String(headers['location']))).status).toBe(202)
    rig.arm.operations.endAll()
    expect((await rig.raw('GET', String(headers['location']))).status).toBe(204)
    expect((await rig.raw('DELETE', free)).status).toBe(204)
  })
})

describe('a second write while one is under way', () => {
  it('on the same whole is refused, as another operation or as something to be tried again', async () => {
    await put()
    expect((await put()).body).toMatchObject({ error: { code: 'AnotherOperationInProgress' } })
    expect(await move()).toBe('409 AnotherOperationInProgress')
    rig.arm.operations.overlap = 'RetryableError'
    const { status, headers, body } = await put()
    expect([status, headers['retry-after'], body]).toMatchObject([
      429,
      '0',
      { error: { code: 'RetryableError', details: [{ code: 'RetryableErrorDueToAnotherOperation' }] } },
    ])
    rig.arm.operations.endAll()
    expect((await put()).status).toBe(200)
  })

  it('on what refers to it is to be tried again', async () => {
    const nic = await rig.raw('GET', rig.shop.nodes[0].id)
    await rig.raw('PUT', rig.shop.inside.id, { body: (await rig.raw('GET', rig.shop.inside.id)).body })
    expect(await rig.raw('PUT', rig.shop.nodes[0].id, { body: nic.body })).toMatchObject({
      status: 429,
      body: { error: { code: 'RetryableError', details: [{ code: 'ReferencedResourceNotProvisioned' }] } },
    })
  })
})

describe('a condition', () => {
  it('holds for the document that was read, and for no later one', async () => {
    const { etag } = await client.routeTables.get(group, 'routes')
    const given = (value: unknown): object => ({ requestOptions: { headers: { 'If-Match': String(value) } } })
    rig.arm.operations.turnOn({}, { ms: 0 })
    expect(await move(given(etag))).toBe('ok')
    expect(await move(given(etag))).toBe('412 PreconditionFailed')
    const later = (await client.routes.get(group, 'routes', 'vip')).etag
    expect(later).toBe((await client.routeTables.get(group, 'routes')).etag)
    expect(await move(given(later))).toBe('ok')
    expect(await move(given('*'))).toBe('ok')
  })

  it('can ask that there is none yet, or that there is one', async () => {
    expect((await put({ headers: { 'if-none-match': '*' } })).status).toBe(412)
    const absent = { body: { location: 'westeurope' }, headers: { 'if-match': '*' } }
    expect((await rig.raw('PUT', rig.shop.table.id.replace(/routes$/, 'absent'), absent)).status).toBe(412)
  })
})

describe('a document', () => {
  it('with a field that the contract does not know is refused, and what only the service says is not heard', async () => {
    expect(await rig.raw('PUT', route, { body: { properties: { ...toSecond, nextHopIp: '10.0.1.11' } } })).toMatchObject({
      status: 400,
      body: {
        error: {
          code: 'InvalidRequestFormat',
          details: [{ code: 'InvalidJson', message: expect.stringContaining("'nextHopIp'") as string }],
        },
      },
    })
    expect((await rig.raw('PUT', route, { body: { properties: { ...toSecond, nextHopIpAddress: 7 } } })).status).toBe(400)
    const { body: nic } = await rig.raw('GET', rig.shop.nodes[0].id)
    const { macAddress } = rig.shop.nodes[0].properties
    const heard = { ...nic, properties: { ...(nic['properties'] as object), macAddress: '00-00-00-00-00-00' } }
    expect((await rig.raw('PUT', rig.shop.nodes[0].id, { body: heard })).body['properties']).toMatchObject({ macAddress })
    const { status, body } = await rig.raw('PUT', route, { body: { etag: 'x', properties: { ...toSecond, provisioningState: 'Failed' } } })
    expect([status, body['properties']]).toMatchObject([200, { provisioningState: 'Updating' }])
  })

  it('is replaced whole: a field that a client does not know lives only where it is written back as it was read', async () => {
    rig.arm.operations.turnOn({}, { ms: 0 })
    const { id } = rig.shop.nodes[0]
    rig.arm.server.change((world) => {
      world.newer.push('floatingLease')
      const [own] = world.networkInterfaces
      if (own !== undefined) own.properties = { ...own.properties, floatingLease: { seconds: 5 } }
    })
    const read = async (): Promise<unknown> => ((await rig.raw('GET', id)).body['properties'] as { floatingLease?: unknown }).floatingLease
    await rig.raw('PUT', id, { body: (await rig.raw('GET', id)).body })
    expect(await read()).toEqual({ seconds: 5 })
    await client.networkInterfaces.createOrUpdate(group, 'nic0', await client.networkInterfaces.get(group, 'nic0'), quick)
    expect(await read()).toBeUndefined()
  })

  it('is asked for by the version of the contract, with a token, and as JSON', async () => {
    const errorOf = async (answer: ReturnType<Rig['raw']>): Promise<unknown> => (await answer).body['error']
    expect(await errorOf(rig.raw('GET', `${route}?x=1`))).toMatchObject({ code: 'MissingApiVersionParameter' })
    expect(await errorOf(rig.raw('GET', `${route}?api-version=2019-01-01`))).toMatchObject({ code: 'InvalidApiVersionParameter' })
    expect(await errorOf(rig.raw('GET', route, { headers: { authorization: 'Basic x' } }))).toMatchObject({
      code: 'AuthenticationFailedInvalidHeader',
    })
    expect(await errorOf(rig.raw('PUT', route))).toMatchObject({ code: 'InvalidRequestContent' })
    expect((await rig.raw('GET', `${rig.shop.table.id}/no/such`)).status).toBe(404)
  })
})

describe('the health of a rule', () => {
  it('is asked for, waited for, and then told as it is by then', async () => {
    const rule = rig.shop.inside.properties.loadBalancingRules[0]?.id ?? ''
    const { status, headers } = await rig.raw('POST', `${rule}/health`)
    expect([status, (await rig.raw('GET', String(headers['location']))).status]).toEqual([202, 202])
    rig.arm.server.change((world) => (world.health[rule] = { '10.0.1.11': { state: 'Up', reason: 'Up_Probe_Success' } }))
    rig.arm.operations.endAll()
    expect(await rig.raw('GET', String(headers['location']))).toMatchObject({ status: 200, body: { up: 1, down: 1 } })
  })
})

describe('a switch', () => {
  beforeEach(() => void rig.arm.operations.turnOn({}, { ms: 0 }))

  it('throttles, with how long to wait', async () => {
    rig.arm.server.switches.turnOn({
      actions: ['routes.createOrUpdate'],
      about: 'routes',
      effect: { type: 'fault', code: 'TooManyRequests', applied: false, retryAfterS: 60 },
    })
    const { status, headers } = await put()
    expect([status, headers['retry-after'], hop()]).toEqual([429, '60', '10.0.1.10'])
    expect(await move()).toBe('429 TooManyRequests')
  })

  it('ends a connection without an answer, done or not, or answers with an error what is done', async () => {
    const off = rig.arm.server.switches.turnOn({ effect: { type: 'reset', applied: true } })
    expect(await move()).not.toBe('ok')
    expect(hop()).toBe('10.0.1.11')
    off()
    rig.arm.server.switches.turnOn({ actions: ['routes.delete'], effect: { type: 'fault', code: 'InternalServerError', applied: true } })
    expect(await outcomeOf(client.routes.delete(group, 'routes', 'vip', quick))).toBe('500 InternalServerError')
    expect(rig.shop.table.applied?.routes).toEqual([])
  })

  it('hangs, holds back, and lets reads tell what was', async () => {
    const off = rig.arm.server.switches.turnOn({ effect: { type: 'held' } })
    expect([await move({ abortSignal: AbortSignal.timeout(50) }), hop()]).toEqual(['AbortError', '10.0.1.10'])
    off()
    await expect.poll(hop).toBe('10.0.1.11')
    rig.arm.server.switches.turnOn({ actions: ['routes.get'], effect: { type: 'stale', ms: 60_000 } })
    expect([await told(), hop()]).toEqual(['10.0.1.10', '10.0.1.11'])
  })
})
