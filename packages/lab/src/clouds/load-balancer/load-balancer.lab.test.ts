import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { command } from '../../command.ts'
import { startProbe } from '../../probes/child.ts'
import type { Probe } from '../../probes/child.ts'
import { nowMs } from '../../system/libc.ts'
import { createVpcNetwork, startVpc } from '../aws/vpc-control.ts'
import type { VpcControl, VpcNetwork } from '../aws/vpc-control.ts'
import { HEALTH_PORT, SERVICE_PORT } from './ports-for-tests.ts'
import type { Mood } from './backend-for-tests.ts'
import type { Balancer } from './balancer.ts'
import { startBalancer } from './balancer.ts'
import type { ClientOrder } from './client-for-tests.ts'
import type { BalancerConfig } from './config.ts'

const vip = '10.99.0.80'
const names = ['n1', 'n2']

let network: VpcNetwork
let vpc: VpcControl
let backends: ReadonlyMap<string, Probe>
let client: Probe
let balancer: Balancer | null = null
const answers = new Map<number, (by: string) => void>()
let orders = 0

beforeEach(async () => {
  network = await createVpcNetwork({ nodes: names })
  vpc = await startVpc(network)
  backends = new Map(await Promise.all(network.nodes.map(startBackend)))
  client = await startProbe({
    namespace: network.client.namespace,
    module: '../clouds/load-balancer/client-for-tests',
    argument: null,
    isPunctual: false,
    onLine: ([, id, by]) => answers.get(id as number)?.(by as string),
  })
})
afterEach(() => {
  balancer?.stop()
  balancer = null
  for (const probe of [client, ...(backends?.values() ?? []), vpc]) probe?.stop()
  network?.close()
})

async function startBackend({ name, namespace, ipv4 }: VpcNetwork['nodes'][number]): Promise<[string, Probe]> {
  await command('ip', ['-n', namespace, 'addr', 'add', `${vip}/32`, 'dev', 'lo'])
  const argument = { name, own: ipv4 }
  return [
    name,
    await startProbe({ namespace, module: '../clouds/load-balancer/backend-for-tests', argument, isPunctual: false, onLine: () => {} }),
  ]
}

const configOf = (more: Partial<BalancerConfig> = {}): BalancerConfig => ({
  address: vip,
  probeSource: '168.63.129.16',
  backends: network.nodes.map(({ name, ipv4, port }) => ({ name, address: ipv4, routerPort: port })),
  probe: { type: 'http', port: HEALTH_PORT, path: '/', intervalMs: 200, timeoutMs: 150, healthyAfter: 2, unhealthyAfter: 2 },
  oldFlows: 'keep',
  allDown: 'drop',
  ...more,
})
async function start(more: Partial<BalancerConfig> = {}): Promise<Balancer> {
  balancer = await startBalancer(network, configOf(more))
  return balancer
}
const set = (name: string, mood: Mood): void => backends.get(name)?.tell(mood)

/** Who answers: a name, or why nobody does. */
function asked(type: 'open' | 'speak', connection: number, port = SERVICE_PORT): Promise<string> {
  const id = (orders += 1)
  const order: ClientOrder = { id, type, connection, address: vip, port }
  client.tell(order)
  return new Promise((resolve) => answers.set(id, resolve))
}
let connections = 0
/** Over a new connection. */
const open = (): Promise<string> => asked('open', (connections += 1))

describe('a load balancer', () => {
  it('brings new flows to the healthy backend alone, and to the other one as soon as that answers well in its place', async () => {
    const { untilHealthy } = await start()
    set('n1', 200)
    await untilHealthy(['n1'])
    expect(await Promise.all([open(), open(), open(), open()])).toEqual(['n1', 'n1', 'n1', 'n1'])
    set('n1', 503)
    set('n2', 200)
    const from = nowMs()
    await untilHealthy(['n2'])
    // Two answers in a row, one interval apart; the first of them within an interval.
    expect(nowMs() - from).toBeGreaterThan(190)
    expect(await Promise.all([open(), open(), open(), open()])).toEqual(['n2', 'n2', 'n2', 'n2'])
  })

  it('that rewrites brings flows to the backend at its own address and port, and its answers come from the front', async () => {
    const { untilHealthy } = await start({ translated: [{ front: 80, back: SERVICE_PORT }] })
    for (const { namespace } of network.nodes) await command('ip', ['-n', namespace, 'addr', 'del', `${vip}/32`, 'dev', 'lo'])
    set('n1', 200)
    await untilHealthy(['n1'])
    const old = (connections += 1)
    expect(await asked('open', old, 80)).toBe('n1')
    set('n1', 503)
    set('n2', 200)
    await untilHealthy(['n2'])
    expect(await asked('open', (connections += 1), 80)).toBe('n2')
    expect(await asked('speak', old, 80)).toBe('n1')
  })

  it('spreads new flows over all healthy backends', async () => {
    const { untilHealthy } = await start()
    for (const name of names) set(name, 200)
    await untilHealthy(names)
    expect(new Set(await Promise.all(Array.from({ length: 20 }, () => open())))).toEqual(new Set(names))
  })

  it.each([
    ['keep', 'n1'],
    ['move', 'ECONNRESET'],
  ] as const)('that is to %s old flows answers one of them with %s', async (oldFlows, expected) => {
    const { untilHealthy } = await start({ oldFlows })
    set('n1', 200)
    await untilHealthy(['n1'])
    const old = (connections += 1)
    expect(await asked('open', old)).toBe('n1')
    set('n1', 503)
    set('n2', 200)
    await untilHealthy(['n2'])
    expect([await open(), await asked('speak', old)]).toEqual(['n2', expected])
  })

  it.each([
    ['drop', 'silence'],
    ['all', 'n[12]'],
  ] as const)('that is to %s where nobody is healthy leaves a new flow to: %s', async (allDown, expected) => {
    const { untilHealthy } = await start({ allDown })
    set('n1', 200)
    await untilHealthy(['n1'])
    set('n1', 503)
    await untilHealthy([])
    expect(await open()).toMatch(new RegExp(`^${expected}$`))
  })

  it('takes a backend that does not answer in time for unhealthy, and says why', async () => {
    const { untilHealthy, health } = await start()
    set('n1', 200)
    await untilHealthy(['n1'])
    set('n1', 'hang')
    await untilHealthy([])
    expect(health()).toContainEqual({ name: 'n1', healthy: false, reason: 'timeout' })
  })

  it('that asks by TCP takes a connection for a good answer, and nothing less', async () => {
    const probe = { type: 'tcp', intervalMs: 100, timeoutMs: 100, healthyAfter: 1, unhealthyAfter: 1 } as const
    set('n1', 'hang')
    const { untilHealthy } = await start({ probe: { ...probe, port: HEALTH_PORT } })
    await untilHealthy(names)
    backends.get('n1')?.stop()
    await untilHealthy(['n2'])
    expect(await Promise.all([open(), open(), open()])).toEqual(['n2', 'n2', 'n2'])
  })
})
