import {
  ForwardingRulesClient,
  InstanceGroupsClient,
  InstancesClient,
  RegionBackendServicesClient,
  RoutesClient,
  ZoneOperationsClient,
  GlobalOperationsClient,
} from '@google-cloud/compute'
import { OAuth2Client } from 'google-auth-library'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createCompute } from './server.ts'
import type { Compute } from './server.ts'
import { addDocument, emptyWorld, linkOf } from './world.ts'
import type { World } from './world.ts'
import { fingerprintOf } from './writes.ts'

// Google's own client asks: what it is told is what a backend would be told.

const project = 'shop'
const zone = 'europe-west1-b'
const region = 'europe-west1'
const instanceOf = (name: string): string => `zones/${zone}/instances/${name}`

let world: World
let compute: Compute
let port = 0
let changes = 0
const closing: (() => Promise<void>)[] = []

beforeEach(async () => {
  world = emptyWorld(project)
  changes = 0
  addDocument(world, 'global/networks/lab', {})
  for (const [index, name] of ['n1', 'n2'].entries()) {
    const own = { name: 'nic0', network: linkOf(world, 'global/networks/lab'), networkIP: `10.0.1.1${index}` }
    addDocument(world, instanceOf(name), {
      status: 'RUNNING',
      canIpForward: name === 'n1',
      networkInterfaces: [{ ...own, fingerprint: fingerprintOf(own) }],
    })
    const group = `zones/${zone}/instanceGroups/${name}`
    addDocument(world, group, { 'x-members': [instanceOf(name)] })
  }
  const backends = ['n1', 'n2'].map((name) => ({ group: linkOf(world, `zones/${zone}/instanceGroups/${name}`) }))
  addDocument(world, `regions/${region}/backendServices/web`, { backends, loadBalancingScheme: 'INTERNAL' })
  for (const name of ['t1', 't2'])
    addDocument(world, `zones/${zone}/targetInstances/${name}`, { instance: linkOf(world, instanceOf('n1')) })
  addDocument(world, `regions/${region}/forwardingRules/web`, { target: linkOf(world, `zones/${zone}/targetInstances/t1`) })
  compute = createCompute({
    world,
    tokens: [
      { value: 'good', principal: 'movip' },
      { value: 'old', principal: 'movip', expiresAt: Date.now() - 1 },
      { value: 'other', principal: 'other' },
    ],
    denied: { other: ['compute.routes.insert'] },
    operationMs: 20,
    onChange: () => void (changes += 1),
  })
  port = Number(new URL(await compute.server.listen('127.0.0.1')).port)
})
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()))
  await compute.server.close()
})

interface Closes {
  close(): Promise<void>
}
type Options = ConstructorParameters<typeof RoutesClient>[0]
function clientOf<Client extends Closes>(Kind: new (options: Options) => Client, token = 'good'): Client {
  const authClient = new OAuth2Client()
  authClient.setCredentials({ access_token: token, expiry_date: Date.now() + 3_600_000 })
  const client = new Kind({
    apiEndpoint: '127.0.0.1',
    port,
    protocol: 'http',
    fallback: true,
    projectId: project,
    authClient,
  } as unknown as Options)
  closing.push(() => client.close())
  return client
}

const route = (more: object = {}) => ({
  project,
  routeResource: {
    name: 'vip-7',
    network: linkOf(world, 'global/networks/lab'),
    destRange: '10.99.0.50/32',
    nextHopInstance: linkOf(world, instanceOf('n1')),
    priority: 900,
    ...more,
  },
})
/** How a call has ended: `ok`, or the words of the refusal. */
const outcomeOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'ok',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  )
const insert = (more: object = {}, extra: object = {}): Promise<string> =>
  outcomeOf(clientOf(RoutesClient).insert({ ...route(more), ...extra }))
const routes = async (): Promise<readonly (string | null | undefined)[]> =>
  (await clientOf(RoutesClient).list({ project }))[0].map(({ name }) => name)

describe('routes of Google', () => {
  it('are there a while after they were accepted, and gone after they were deleted', async () => {
    const off = compute.operations.turnOn({}, { ms: Infinity })
    expect(await insert()).toBe('ok')
    expect([await routes(), changes]).toEqual([[], 0])
    compute.operations.endAll()
    expect([await routes(), changes]).toEqual([['vip-7'], 1])
    off()
    await clientOf(RoutesClient).delete({ project, route: 'vip-7' })
    await expect.poll(routes).toEqual([])
  })

  it.each([
    ['a name that is taken', {}, /already exists/],
    ['an instance that may not forward', { name: 'x', nextHopInstance: 'projects/shop/zones/europe-west1-b/instances/n2' }, /canIpForward/],
    ['no next hop', { name: 'x', nextHopInstance: undefined }, /exactly one next hop/],
    ['a network that is not there', { name: 'x', network: 'projects/shop/global/networks/none' }, /was not found/],
    ['no range', { name: 'x', destRange: undefined }, /Required field 'destRange'/],
  ])('are refused with %s', async (_, more, message) => {
    await insert()
    await expect.poll(routes).toEqual(['vip-7'])
    expect(await insert(more)).toMatch(message)
  })

  it('that were asked for twice by one request are inserted once', async () => {
    const requestId = '6f1c1c2e-0d8e-4b3a-9d3c-1f2e3d4c5b6a'
    expect([await insert({}, { requestId }), await insert({}, { requestId })]).toEqual(['ok', 'ok'])
    await expect.poll(routes).toEqual(['vip-7'])
    expect(world.operations.size).toBe(1)
    expect(await insert({}, { requestId: '00000000-0000-0000-0000-000000000000' })).toMatch(/not zero/)
  })

  it('come page by page', async () => {
    for (const name of ['a', 'b', 'c']) await insert({ name })
    await expect.poll(() => world.documents.has('global/routes/c')).toBe(true)
    const pages = clientOf(RoutesClient).listAsync({ project, maxResults: 2 })
    const names: unknown[] = []
    for await (const { name } of pages) names.push(name)
    expect(names).toEqual(['a', 'b', 'c'])
  })
})

describe('operations of Google', () => {
  const statusOf = async (name: string): Promise<unknown> =>
    (await clientOf(GlobalOperationsClient).get({ project, operation: name }))[0].status
  const started = async (): Promise<string> => {
    await insert()
    return [...world.operations.values()].at(-1)?.name ?? ''
  }

  it('are running until they are done', async () => {
    compute.operations.turnOn({}, { ms: Infinity })
    const name = await started()
    expect(await statusOf(name)).toBe('RUNNING')
    compute.operations.endAll()
    expect(await statusOf(name)).toBe('DONE')
  })

  it('may say under status 200 that they have failed, and then nothing has changed', async () => {
    compute.operations.turnOn(
      { actions: ['compute.routes.insert'] },
      { error: { code: 'QUOTA_EXCEEDED', message: 'too many routes', status: 403 } },
    )
    const name = await started()
    await expect.poll(() => statusOf(name)).toBe('DONE')
    const [{ error, httpErrorStatusCode }] = await clientOf(GlobalOperationsClient).get({ project, operation: name })
    expect([error?.errors?.[0]?.code, httpErrorStatusCode, await routes()]).toEqual(['QUOTA_EXCEEDED', 403, []])
  })

  it('may never end, and a wait says that they run', async () => {
    compute.operations.turnOn({}, { ms: Infinity })
    const name = await started()
    const [{ status }] = await clientOf(GlobalOperationsClient).wait({ project, operation: name })
    expect([status, await routes()]).toEqual(['RUNNING', []])
  })
})

describe('alias ranges', () => {
  const range = [{ ipCidrRange: '10.0.1.99/32' }]
  const update = async (instance: string, aliasIpRanges: readonly object[], fingerprint?: string): Promise<string> => {
    const client = clientOf(InstancesClient)
    const [{ networkInterfaces }] = await client.get({ project, zone, instance })
    const seen = fingerprint ?? networkInterfaces?.[0]?.fingerprint ?? ''
    const networkInterfaceResource = { aliasIpRanges: [...aliasIpRanges], fingerprint: seen }
    const outcome = await outcomeOf(
      client.updateNetworkInterface({ project, zone, instance, networkInterface: 'nic0', networkInterfaceResource }),
    )
    await expect.poll(() => [...world.operations.values()].every(({ status }) => status === 'DONE')).toBe(true)
    return outcome
  }
  const rangesOf = async (instance: string): Promise<unknown> =>
    (await clientOf(InstancesClient).get({ project, zone, instance }))[0].networkInterfaces?.[0]?.aliasIpRanges?.map(
      ({ ipCidrRange }) => ipCidrRange,
    )

  it('are replaced as a whole, by who has seen the present ones', async () => {
    const [{ networkInterfaces }] = await clientOf(InstancesClient).get({ project, zone, instance: 'n1' })
    expect(await update('n1', range)).toBe('ok')
    expect(await rangesOf('n1')).toEqual(['10.0.1.99/32'])
    expect(await update('n1', [], networkInterfaces?.[0]?.fingerprint ?? '')).toMatch(/does not match current fingerprint/)
    expect(await update('n1', [])).toBe('ok')
    expect(await rangesOf('n1')).toEqual([])
  })

  it('are on one instance at a time', async () => {
    await update('n1', range)
    expect(await update('n2', range)).toMatch(/used by another resource/)
    await update('n1', [])
    expect(await update('n2', range)).toBe('ok')
  })
})

describe('balancers of Google', () => {
  const healthOf = async (name: string): Promise<unknown> => {
    const resourceGroupReferenceResource = { group: linkOf(world, `zones/${zone}/instanceGroups/${name}`) }
    const client = clientOf(RegionBackendServicesClient)
    const [{ healthStatus }] = await client.getHealth({ project, region, backendService: 'web', resourceGroupReferenceResource })
    return healthStatus?.map(({ healthState, ipAddress }) => [healthState, ipAddress])
  }

  it('tell what they think of each member of a group, and leave out whom they have not asked so far', async () => {
    world.health.set(instanceOf('n1'), 'HEALTHY')
    expect([await healthOf('n1'), await healthOf('n2')]).toEqual([[['HEALTHY', '10.0.1.10']], []])
    expect((await clientOf(InstanceGroupsClient).listInstances({ project, zone, instanceGroup: 'n1' }))[0]).toHaveLength(1)
  })

  it('of which a forwarding rule has another target of the same kind, or none but a backend service', async () => {
    const setTarget = (target: string): Promise<string> =>
      outcomeOf(clientOf(ForwardingRulesClient).setTarget({ project, region, forwardingRule: 'web', targetReferenceResource: { target } }))
    expect(await setTarget(linkOf(world, `zones/${zone}/targetInstances/t2`))).toBe('ok')
    const target = async (): Promise<unknown> =>
      (await clientOf(ForwardingRulesClient).get({ project, region, forwardingRule: 'web' }))[0].target
    await expect.poll(target).toMatch(/t2$/)
    expect(await setTarget(linkOf(world, instanceOf('n1')))).toMatch(/must be of the kind targetInstances/)
  })
})

describe('callers', () => {
  it.each([
    ['that bear no known token', 'unknown', /invalid authentication/],
    ['whose token has ended', 'old', /invalid authentication/],
    ['that may not do it', 'other', /Required 'compute.routes.insert' permission/],
  ])('%s are refused', async (_, token, message) => {
    expect(await outcomeOf(clientOf(RoutesClient, token).insert(route()))).toMatch(message)
  })

  it('that write what the contract does not know are refused, in the path, the query and the body', async () => {
    const ask = async (path: string, body?: object): Promise<string> => {
      const init = {
        headers: { authorization: 'Bearer good' },
        ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
      }
      const answer = await fetch(`http://127.0.0.1:${port}/compute/v1/projects/shop/${path}`, init)
      return `${answer.status} ${((await answer.json()) as { readonly error?: { readonly message: string } }).error?.message ?? 'ok'}`
    }
    expect(await ask('global/routes')).toBe('200 ok')
    expect(await ask('global/rutes')).toMatch(/^404/)
    expect(await ask('global/routes?maximum=1')).toMatch(/^400 Invalid query parameter 'maximum'/)
    expect(await ask('global/routes', { name: 'x', hop: 1 })).toMatch(/^400 .*Unknown name "hop"/)
    expect(await ask('global/routes', { name: 7 })).toMatch(/^400 Invalid value for field 'name'/)
  })

  it('are throttled, and answered late, as a switch says', async () => {
    compute.server.switches.turnOn({ effect: { type: 'fault', code: 'rateLimitExceeded', applied: false } })
    expect(await insert()).toMatch(/rateLimitExceeded by a switch/)
  })

  it('find the operations of a zone there', async () => {
    expect(await outcomeOf(clientOf(ZoneOperationsClient).get({ project, zone, operation: 'none' }))).toMatch(/was not found/)
  })
})
