import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { command } from '../../command.ts'
import type { Served } from '../cloud-for-tests.ts'
import { startServed } from '../cloud-for-tests.ts'
import type { VnetControl, VnetNetwork } from './vnet-control.ts'
import { createVnetNetwork, startVnet } from './vnet-control.ts'
import type { NetworkInterface } from './world.ts'

// What a client inside the virtual network is answered, and by whom, after each call: the state of the control plane drives packets.

const overlay = '10.99.0.50'

let network: VnetNetwork
let vnet: VnetControl
let served: Served
beforeAll(async () => {
  network = await createVnetNetwork({ nodes: ['n1', 'n2'], probe: { port: 8080, path: '/', intervalS: 0.3 } })
  vnet = await startVnet(network)
  served = await startServed(network, overlay, network.plan.frontend)
})
afterAll(() => {
  served?.stop()
  vnet?.stop()
  network?.close()
})

const version = '?api-version=2026-01-01'
/** The table of the client's subnet. */
const route = (): string => `${network.plan.world.routeTables.find(({ name }) => name === 'clients-routes')?.id ?? ''}/routes/vip${version}`
const leadTo = (name: string): Promise<void> =>
  vnet.call(`PUT ${route()}`, {
    properties: { addressPrefix: `${overlay}/32`, nextHopType: 'VirtualAppliance', nextHopIpAddress: network.host(name).ipv4 },
  })
const machineOf = (name: string): string => network.plan.hosts.find((host) => host.name === name)?.machine.id ?? ''
/** Writes the interface of a node anew, as whoever knows all of it. */
async function change(name: string, how: (properties: NetworkInterface['properties']) => object): Promise<void> {
  const own = (await vnet.world()).networkInterfaces.find((one) => one.name === `${name}-nic`)
  if (own === undefined) throw new Error(`no interface of ${name}`)
  await vnet.call(`PUT ${own.id}${version}`, { location: own.location, properties: how(own.properties) })
}

describe('a virtual network', () => {
  it('sends an overlay address where the table of the client says, and nowhere once that machine is stopped', async () => {
    await served.untilServedBy('')
    await leadTo('n1')
    await served.untilServedBy('n1')
    await leadTo('n2')
    await served.untilServedBy('n2')
    await vnet.setMachine(machineOf('n2'), 'stopped')
    await served.untilServedBy('')
    await vnet.setMachine(machineOf('n2'), 'running')
    await served.untilServedBy('n2')
    expect(served.servedBy()).toBe('n2')
  })

  it('drops what an interface passes on that is not to forward', async () => {
    await leadTo('n1')
    await served.untilServedBy('n1')
    await change('n1', (properties) => ({ ...properties, enableIPForwarding: false }))
    await served.untilServedBy('')
    await change('n1', (properties) => ({ ...properties, enableIPForwarding: true }))
    await served.untilServedBy('n1')
    expect(served.servedBy()).toBe('n1')
  })

  it('delivers a second address to the interface that has it', async () => {
    const second = '10.0.1.60'
    await command('ip', ['-n', network.host('n1').namespace, 'addr', 'add', `${second}/32`, 'dev', 'lo'])
    expect(served.reaches('client', second)).toBe(false)
    await change('n1', (properties) => {
      const [first] = properties.ipConfigurations
      const more = { name: 'vip', properties: { ...first?.properties, primary: false, privateIPAddress: second } }
      return { ...properties, ipConfigurations: [first, more] }
    })
    expect(served.reaches('client', second)).toBe(true)
    await change('n1', (properties) => ({ ...properties, ipConfigurations: properties.ipConfigurations.slice(0, 1) }))
    expect(served.reaches('client', second)).toBe(false)
  })

  it('has a load balancer that brings new flows to whoever answers its probes well, and tells of whom it thinks so', async () => {
    const { balancer } = vnet
    served.set('n1', 200)
    await balancer?.untilHealthy(['n1'])
    expect(await Promise.all([served.connected(), served.connected()])).toEqual(['n1', 'n1'])
    const [rule = ''] = Object.keys((await vnet.world()).health)
    expect(rule).toMatch(/loadBalancingRules\/all$/)
    expect((await vnet.world()).health[rule]).toEqual({
      '10.0.1.10': { state: 'Up', reason: 'Up_Probe_Success' },
      '10.0.1.11': { state: 'Down', reason: 'Down_Probe_HttpStatusCodeError' },
    })
    served.set('n1', 503)
    served.set('n2', 200)
    await balancer?.untilHealthy(['n2'])
    expect(await Promise.all([served.connected(), served.connected()])).toEqual(['n2', 'n2'])
    await vnet.setMachine(machineOf('n2'), 'stopped')
    await balancer?.untilHealthy([])
    expect(await served.connected()).toBe('silence')
    await vnet.setMachine(machineOf('n2'), 'running')
  })

  it('brings nothing to a healthy node that has left the pool', async () => {
    served.set('n1', 200)
    served.set('n2', 200)
    await vnet.balancer?.untilHealthy(['n1', 'n2'])
    await change('n2', ({ ipConfigurations: [first], ...properties }) => {
      const { loadBalancerBackendAddressPools: _, ...rest } = first?.properties ?? {}
      return { ...properties, ipConfigurations: [{ ...first, properties: rest }] }
    })
    const all = await Promise.all(Array.from({ length: 8 }, () => served.connected()))
    expect(new Set(all)).toEqual(new Set(['n1']))
  })

  it('lets a machine ask about itself, and with the token of its identity the control plane over HTTPS', () => {
    const file = join(network.folder.path, 'ca.pem')
    writeFileSync(file, vnet.ca)
    const script = `const at='http://169.254.169.254/metadata/';const headers={metadata:'true'};
const {name,subscriptionId}=await (await fetch(at+'instance/compute?api-version=2021-02-01',{headers})).json();
const {access_token}=await (await fetch(at+'identity/oauth2/token?api-version=2018-02-01&resource=x',{headers})).json();
const where='${vnet.endpoint}/subscriptions/'+subscriptionId+'/providers/Microsoft.Network/routeTables${version}';
const told=await fetch(where,{headers:{authorization:'Bearer '+access_token}});
console.log(name, told.status, (await told.json()).value.length, (await fetch(where)).status)`
    const told = served.inside('n2', 'env', `NODE_EXTRA_CA_CERTS=${file}`, process.execPath, '--input-type=module', '-e', script)
    expect(told.trim()).toBe('n2 200 2 401')
  })
})
