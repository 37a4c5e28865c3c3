import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startAzureLab } from '../balanced/azure-lab.ts'
import type { BalancedLab } from '../balanced/balanced-lab.ts'
import { startGcpLab } from '../balanced/gcp-lab.ts'
import { startAwsLab } from '../clouds/aws/aws-lab.ts'
import { keyText } from '../dns/zone.ts'
import { startHybridLab, VALUES } from '../hybrid/hybrid-lab.ts'
import { startLab } from '../lab.ts'
import type { Host } from '../network/host.ts'
import { startResponder } from '../probes/responder.ts'
import { nowMs } from '../system/libc.ts'
import { pollUntil } from '../wait.ts'
import type { Example, ExampleOptions } from './example.ts'
import { promisedS, startExample } from './example.ts'

// Each example as it stands in its folder, with the lab's addresses in place of its own: it is started, and failed over.

interface Fabric {
  readonly options: Omit<ExampleOptions, 'name'>
  /** Whether that node is seen to serve since then. */
  serves(node: string, sinceMs: number): boolean
  close(): void
}

const hostsOf = (names: Readonly<Record<string, string>>, host: (name: string) => Host): Readonly<Record<string, Host>> =>
  Object.fromEntries(Object.entries(names).map(([node, name]) => [node, host(name)]))
const addressesOf = (hosts: Readonly<Record<string, Host>>, addresses: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(addresses).map(([node, address]) => [address, hosts[node]?.ipv4 ?? '']))
const same = (...names: readonly string[]): Readonly<Record<string, string>> => Object.fromEntries(names.map((name) => [name, name]))

async function lan(addresses: Readonly<Record<string, string>>, more: Readonly<Record<string, string>> = {}): Promise<Fabric> {
  const names = Object.keys(addresses)
  const lab = await startLab({ nodes: names })
  const hosts = hostsOf(same(...names), (name) => lab.network.host(name))
  const put = { ...addressesOf(hosts, addresses), '10.0.0.50/24': `${lab.vips.ipv4}/24`, ...more }
  return {
    options: { folder: lab.network.folder.path, hosts, put },
    serves: (node, since) => lab.client.since(since).answers.some(({ by }) => by === node),
    close: () => lab.close(),
  }
}

async function aws(mode: 'aws-route' | 'aws-eip'): Promise<Fabric> {
  const lab = await startAwsLab({ mode, nodes: ['a', 'b', 'c'] })
  const hosts = hostsOf(same('a', 'b', 'c'), (name) => lab.network.host(name))
  const own = mode === 'aws-route' ? { 'movip: "yes"': 'movip: lab' } : { 'eipalloc-0123456789abcdef0': String(lab.options['allocation']) }
  const put = { ...addressesOf(hosts, { a: '10.0.1.10', b: '10.0.2.10', c: '10.0.3.10' }), ...own }
  return {
    options: { folder: lab.network.folder.path, hosts, put, under: lab.under },
    serves: (node, since) => lab.client.since(since).answers.some(({ by }) => by === node),
    close: () => lab.close(),
  }
}

type Balanced = BalancedLab & { readonly options: Readonly<Record<string, unknown>>; readonly trusting: Readonly<Record<string, string>> }

/** The lab's control planes are at addresses of their own, which an example does not name. */
function balanced(lab: Balanced, addresses: Readonly<Record<string, string>>, vip: string, own: Readonly<Record<string, string>>): Fabric {
  const hosts = hostsOf({ a: 'n1', b: 'n2', c: 'n3' }, (name) => lab.network.host(name))
  const under = (): readonly string[] => ['env', ...Object.entries(lab.trusting).map(([name, value]) => `${name}=${value}`)]
  const put = { ...addressesOf(hosts, addresses), [vip]: String(lab.options['address']), ...own }
  return {
    options: { folder: lab.network.folder.path, hosts, put, under },
    serves: (node, since) => lab.client.since(since).answers.some(({ by }) => by === hosts[node]?.name),
    close: () => lab.close(),
  }
}

async function azure(): Promise<Fabric> {
  const lab = await startAzureLab({ intervalS: 5, threshold: 1 })
  const [, id = ''] = /"(\/subscriptions[^"]+)"/.exec(JSON.stringify(lab.options)) ?? []
  const example = '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/shop/providers/Microsoft.Network/loadBalancers/inside'
  const own = { [example]: id, 'rule: all': `rule: all, endpoint: ${JSON.stringify(lab.options['endpoint'])}` }
  return balanced(lab, { a: '10.1.0.11', b: '10.1.0.12', c: '10.1.0.13' }, '10.1.0.50', own)
}

async function gcp(): Promise<Fabric> {
  const lab = await startGcpLab({ intervalS: 1, timeoutS: 1, healthyAfter: 1, unhealthyAfter: 1 })
  const own = { ens4: 'eth0', 'forwardingRule: inside': `forwardingRule: inside, endpoint: ${JSON.stringify(lab.options['endpoint'])}` }
  return balanced(lab, { a: '10.132.0.11', b: '10.132.0.12', c: '10.132.0.13' }, '10.132.0.50', own)
}

const [PRIMARY, SECONDARY] = ['10.9.0.53', '10.9.0.54']

async function hybrid(): Promise<Fabric> {
  const lab = await startHybridLab()
  const hosts = hostsOf({ a: 'p1', b: 'p2', c: 'd1', w: 'w' }, (name) => lab.network.host(name))
  const put = {
    ...addressesOf(hosts, { a: '10.0.0.11', b: '10.0.0.12', c: '172.31.0.5', w: '10.9.0.4' }),
    '10.0.0.50': VALUES.paris,
    '172.31.0.50': VALUES.dublin,
    '10.0.0.50/24': `${VALUES.paris}/24`,
    [PRIMARY]: lab.primary.address,
    [SECONDARY]: lab.secondary.address,
  }
  return {
    options: {
      folder: join(lab.network.folder.path, 'example'),
      hosts,
      put,
      secrets: { 'ddns.key': keyText() },
      under: (node) => (node === 'c' ? lab.aws.under() : []),
    },
    serves: (node, since) =>
      [lab.direct.paris, lab.direct.dublin].some((client) => client.since(since).answers.some(({ by }) => by === hosts[node]?.name)),
    close: () => lab.close(),
  }
}

async function dnsOnly(): Promise<Fabric> {
  const lab = await startHybridLab()
  const hosts = hostsOf({ a: 'p1', b: 'd1', w: 'w' }, (name) => lab.network.host(name))
  const own = (node: string): string => hosts[node]?.ipv4 ?? ''
  const responders = await Promise.all([
    startResponder(lab.sites.site('paris').network, [own('a')]),
    startResponder(lab.aws.network, [own('b')]),
  ])
  const put = {
    ...addressesOf(hosts, { a: '10.0.0.11', b: '10.1.0.11', w: '10.9.0.4' }),
    [PRIMARY]: lab.primary.address,
    [SECONDARY]: lab.secondary.address,
  }
  return {
    options: { folder: join(lab.network.folder.path, 'example'), hosts, put, secrets: { 'ddns.key': keyText() } },
    serves: (node, since) => (lab.watch.allSince(own(node)) ?? -Infinity) > since,
    close: () => {
      for (const responder of responders) responder.stop()
      lab.close()
    },
  }
}

interface Case {
  readonly name: string
  readonly fabric: () => Promise<Fabric>
  /** What is lost; the first of the group otherwise. */
  readonly lost?: readonly string[]
}

const pair = { a: '10.0.0.11', b: '10.0.0.12' }
const cases: readonly Case[] = [
  { name: 'pair-and-witness', fabric: () => lan({ ...pair, w: '10.9.0.4' }) },
  {
    name: 'lan-three-nodes',
    fabric: () => lan({ ...pair, c: '10.0.0.13' }, { '10.0.0.51/24': '10.66.0.51/24', 'fd00:1::50/64': 'fd66:0::50/64', enp3s0: 'eth0' }),
  },
  { name: 'aws-route', fabric: () => aws('aws-route') },
  { name: 'aws-eip', fabric: () => aws('aws-eip') },
  { name: 'azure-ilb', fabric: azure },
  { name: 'gcp-ilb', fabric: gcp },
  { name: 'hybrid', fabric: hybrid, lost: ['a', 'b'] },
  { name: 'dns-only', fabric: dnsOnly },
]

describe.each(cases)('the example $name', ({ name, fabric: build, lost }) => {
  let fabric: Fabric
  let example: Example
  beforeAll(async () => {
    fabric = await build()
    example = await startExample({ name, ...fabric.options })
  })
  afterAll(async () => {
    await example?.stop()
    fabric?.close()
  })

  it('is served again after a loss within the time that its README says', async () => {
    const holder = await example.untilHeld('web')
    const gone = lost ?? [holder]
    expect(gone).toContain(holder)
    await pollUntil(() => fabric.serves(holder, 0), `${holder} to serve`)
    const left = Object.keys(example.daemons).filter((node) => !gone.includes(node))
    const from = nowMs()
    await Promise.all(gone.map(async (node) => example.daemons[node]?.kill()))
    await pollUntil(() => left.some((node) => fabric.serves(node, from)), 'another node to serve')
    expect((nowMs() - from) / 1000).toBeLessThan(promisedS(name))
    expect(left).toContain(await example.untilHeld('web', (next) => left.includes(next)))
  })
})
