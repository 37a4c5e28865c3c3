import { execFileSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { command } from '../../command.ts'
import type { Client } from '../../probes/client.ts'
import { startClient } from '../../probes/client.ts'
import type { Probe } from '../../probes/child.ts'
import { startResponder } from '../../probes/responder.ts'
import { nowMs } from '../../system/libc.ts'
import { pollUntil } from '../../wait.ts'
import type { VpcControl, VpcNetwork } from './vpc-control.ts'
import { createVpcNetwork, startVpc } from './vpc-control.ts'

// What a client inside the VPC is answered, and by whom, after each call: the state of the control plane drives packets.

const overlay = '10.99.0.50'
const DestinationCidrBlock = `${overlay}/32`

let network: VpcNetwork
let vpc: VpcControl
let client: Client
let responder: Probe
beforeAll(async () => {
  network = await createVpcNetwork({ nodes: ['n1', 'n2', 'n3'] })
  vpc = await startVpc(network)
  for (const { namespace } of network.nodes) await command('ip', ['-n', namespace, 'addr', 'add', DestinationCidrBlock, 'dev', 'lo'])
  responder = await startResponder(network, [overlay, ...network.nodes.map(({ ipv4 }) => ipv4)])
  client = await startClient(network, overlay)
})
afterAll(() => {
  client?.stop()
  responder?.stop()
  vpc?.stop()
  network?.close()
})

const servedBy = (asker = client): string => [...new Set(asker.since(nowMs() - 50).answers.map(({ by }) => by))].join()
const untilServedBy = (name: string, asker = client): Promise<unknown> =>
  pollUntil(() => servedBy(asker) === name || null, `to be served by "${name}"`, { timeoutMs: 5000 })
const interfaceOf = (name: string): string => network.plan.hosts.find((host) => host.name === name)?.interface.id ?? ''
/** The table of the client's subnet. */
const clientTable = (): string => {
  const subnet = network.plan.hosts.find((host) => host.name === 'client')?.interface.subnet ?? ''
  return network.plan.world.tables.find(({ subnets }) => subnets.includes(subnet))?.id ?? ''
}
const inside = (name: string, ...args: readonly string[]): string =>
  execFileSync('ip', ['netns', 'exec', network.host(name).namespace, ...args], { encoding: 'utf8' })

describe('a VPC', () => {
  it('sends an overlay address where the table of the client says, and nowhere once that is stopped', async () => {
    expect(servedBy()).toBe('')
    await vpc.call('CreateRoute', { RouteTableId: clientTable(), DestinationCidrBlock, NetworkInterfaceId: interfaceOf('n1') })
    await untilServedBy('n1')
    await vpc.call('ReplaceRoute', { RouteTableId: clientTable(), DestinationCidrBlock, NetworkInterfaceId: interfaceOf('n2') })
    await untilServedBy('n2')
    const id = network.plan.world.interfaces.find((own) => own.id === interfaceOf('n2'))?.instance ?? ''
    await vpc.setMachine(id, 'stopped')
    await untilServedBy('')
    await vpc.setMachine(id, 'running')
    await untilServedBy('n2')
  })

  it('drops what an interface passes on while its source and destination are checked', async () => {
    const check = (Value: boolean): Promise<void> =>
      vpc.call('ModifyNetworkInterfaceAttribute', { NetworkInterfaceId: interfaceOf('n2'), SourceDestCheck: { Value } })
    await untilServedBy('n2')
    await check(true)
    await untilServedBy('')
    await check(false)
    await untilServedBy('n2')
    expect(servedBy()).toBe('n2')
  })

  it('lets an instance ask about itself, and the control plane who it is', () => {
    const script = `const at='http://169.254.169.254/latest/';const token=await (await fetch(at+'api/token',{method:'PUT',headers:{'x-aws-ec2-metadata-token-ttl-seconds':'60'}})).text();
const get=async p=>(await fetch(at+p,{headers:{'x-aws-ec2-metadata-token':token}})).text();
const api=await fetch('${vpc.endpoint}/',{method:'POST',body:'Action=DescribeVpcs&Version=2016-11-15'});
console.log(await get('meta-data/local-ipv4'), api.status)`
    expect(inside('n2', process.execPath, '--input-type=module', '-e', script).trim()).toBe(`${network.host('n2').ipv4} 403`)
  })

  it('delivers a secondary address to the interface that has it', async () => {
    const host = network.host('n1')
    await command('ip', ['-n', host.namespace, 'addr', 'add', '10.0.1.50/32', 'dev', 'lo'])
    const reached = (): boolean => {
      try {
        inside('client', 'ping', '-c', '1', '-W', '1', '10.0.1.50')
        return true
      } catch {
        return false
      }
    }
    expect(reached()).toBe(false)
    await vpc.call('AssignPrivateIpAddresses', { NetworkInterfaceId: interfaceOf('n1'), PrivateIpAddresses: ['10.0.1.50'] })
    expect(reached()).toBe(true)
    await vpc.call('UnassignPrivateIpAddresses', { NetworkInterfaceId: interfaceOf('n1'), PrivateIpAddresses: ['10.0.1.50'] })
    expect(reached()).toBe(false)
  })

  it('lets the internet reach an Elastic IP where it is associated', async () => {
    await vpc.call('AllocateAddress', {})
    const [address] = (await vpc.world()).addresses
    const to = (name: string): Promise<void> =>
      vpc.call('AssociateAddress', { AllocationId: address?.id ?? '', NetworkInterfaceId: interfaceOf(name), AllowReassociation: true })
    const surfer = await startClient({ client: { namespace: network.outside } }, address?.publicIp ?? '')
    onTestFinished(() => surfer.stop())
    await to('n3')
    await untilServedBy('n3', surfer)
    await to('n1')
    await untilServedBy('n1', surfer)
    await vpc.setMachine(network.plan.world.interfaces.find(({ id }) => id === interfaceOf('n1'))?.instance ?? '', 'stopped')
    await untilServedBy('', surfer)
    expect(servedBy(surfer)).toBe('')
  })
})
