import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { command } from '../../command.ts'
import { pollUntil } from '../../wait.ts'
import type { Served } from '../cloud-for-tests.ts'
import { startServed } from '../cloud-for-tests.ts'
import type { GcpControl, GcpNetwork } from './vpc-control.ts'
import { createGcpNetwork, startGcp } from './vpc-control.ts'
import { GCP_REGION } from './vpc-plan.ts'
import { found, linkOf } from './world.ts'

// What a client inside the network is answered, and by whom, after each call: the state of the control plane drives packets.

const overlay = '10.99.0.50'

let network: GcpNetwork
let gcp: GcpControl
let served: Served
beforeAll(async () => {
  const check = { port: 8080, path: '/', intervalS: 0.3, timeoutS: 0.3, healthyAfter: 1, unhealthyAfter: 1 }
  network = await createGcpNetwork({ nodes: ['n1', 'n2'], check })
  gcp = await startGcp(network, { operationMs: 50 })
  served = await startServed(network, overlay, network.plan.frontend)
})
afterAll(() => {
  served?.stop()
  gcp?.stop()
  network?.close()
})

const base = (): string => `/compute/v1/projects/${network.plan.world.project}`
const instanceOf = (name: string): string => network.plan.hosts.find((host) => host.name === name)?.instance ?? ''
const link = (path: string): string => linkOf(network.plan.world, path)
const insert = (name: string, to: string, priority = 1000): Promise<void> =>
  gcp.call(`POST ${base()}/global/routes`, {
    name,
    network: link('global/networks/lab'),
    destRange: `${overlay}/32`,
    priority,
    nextHopInstance: link(instanceOf(to)),
  })
const remove = (name: string): Promise<void> => gcp.call(`DELETE ${base()}/global/routes/${name}`, {})

describe("a network of Google's", () => {
  it('sends an overlay address where the route of the first priority says, and passes one over whose instance does not run', async () => {
    await served.untilServedBy('')
    await insert('one', 'n1')
    await served.untilServedBy('n1')
    await insert('two', 'n2', 500)
    await served.untilServedBy('n2')
    await gcp.setMachine(instanceOf('n2'), 'stopped')
    await served.untilServedBy('n1')
    await gcp.setMachine(instanceOf('n2'), 'running')
    await served.untilServedBy('n2')
    await remove('two')
    await served.untilServedBy('n1')
    await remove('one')
    await served.untilServedBy('')
    expect(served.servedBy()).toBe('')
  })

  it('delivers an alias range to the instance that has it', async () => {
    const alias = '10.0.1.60'
    await command('ip', ['-n', network.host('n1').namespace, 'addr', 'add', `${alias}/32`, 'dev', 'lo'])
    expect(served.reaches('client', alias)).toBe(false)
    const [own] = found(await gcp.world(), instanceOf('n1'))['networkInterfaces'] as readonly { readonly fingerprint: string }[]
    const aliasIpRanges = [{ ipCidrRange: `${alias}/32` }]
    const call = `PATCH ${base()}/${instanceOf('n1')}/updateNetworkInterface?networkInterface=nic0`
    await gcp.call(call, { fingerprint: own?.fingerprint, aliasIpRanges })
    await pollUntil(() => served.reaches('client', alias), 'the alias to be there', { timeoutMs: 5000 })
    expect(served.reaches('n2', alias)).toBe(true)
  })

  it('has a load balancer that brings new flows to whoever answers its probes well, and tells of whom it thinks so', async () => {
    served.set('n1', 200)
    await gcp.balancer?.untilHealthy(['n1'])
    expect(await Promise.all([served.connected(), served.connected()])).toEqual(['n1', 'n1'])
    expect((await gcp.world()).health).toEqual(
      new Map([
        [instanceOf('n1'), 'HEALTHY'],
        [instanceOf('n2'), 'UNHEALTHY'],
      ]),
    )
    served.set('n1', 503)
    served.set('n2', 200)
    await gcp.balancer?.untilHealthy(['n2'])
    expect(await Promise.all([served.connected(), served.connected()])).toEqual(['n2', 'n2'])
  })

  it('has a load balancer that does as its backend service says where nobody is healthy', async () => {
    served.set('n1', 503)
    served.set('n2', 503)
    await gcp.balancer?.untilHealthy([])
    expect(await served.connected()).toBe('silence')
    const failoverPolicy = { dropTrafficIfUnhealthy: false }
    await gcp.call(`PATCH ${base()}/regions/${GCP_REGION}/backendServices/inside`, { failoverPolicy })
    await pollUntil(async () => /^n[12]$/.test(await served.connected()), 'somebody to answer', { timeoutMs: 5000 })
  })

  it('lets an instance ask about itself, and with the token of its account the control plane over HTTPS', () => {
    const file = join(network.folder.path, 'ca.pem')
    writeFileSync(file, gcp.ca)
    const script = `const at='http://169.254.169.254/computeMetadata/v1/';const headers={'metadata-flavor':'Google'};
const name=await (await fetch(at+'instance/name',{headers})).text();
const {access_token}=await (await fetch(at+'instance/service-accounts/default/token',{headers})).json();
const where='${gcp.endpoint}${base()}/global/routes';
const told=await fetch(where,{headers:{authorization:'Bearer '+access_token}});
console.log(name, told.status, (await told.json()).items.length, (await fetch(where)).status)`
    const told = served.inside('n2', 'env', `NODE_EXTRA_CA_CERTS=${file}`, process.execPath, '--input-type=module', '-e', script)
    expect(told.trim()).toBe('n2 200 1 401')
  })
})
