/** Another network between the nodes of a lab, with a switch of its own: what happens to one of the two says nothing about the other. */
import { command } from '../command.ts'
import { pollUntil } from '../wait.ts'
import type { Host } from './host.ts'
import type { Network } from './network.ts'
import { allForwarding, buildSwitch, lines } from './switch.ts'

/** eth1 of every node, under the same names of ports as in the first network. It goes with the lab. */
export interface SecondNetwork {
  readonly switch: string
  addressOf(host: Host): string
}

/** The same host numbers as in the first network, in 10.77.0.0/16. */
const addressOf = ({ ipv4 }: Host): string => ipv4.replace(/^10\.66\./, '10.77.')

export async function addSecondNetwork({ folder, nodes }: Network): Promise<SecondNetwork> {
  const sw = `${folder.prefix}-back`
  const cable = ({ port, namespace }: Host): string => `link add name ${port} netns ${sw} type veth peer name eth1 netns ${namespace}`
  await command('ip', ['-batch', '-'], lines([`netns add ${sw}`, ...nodes.map(cable)]))
  await buildSwitch(sw, nodes)
  const configure = (host: Host): Promise<string> =>
    command('ip', ['-n', host.namespace, '-batch', '-'], lines(['link set dev eth1 up', `addr add ${addressOf(host)}/24 dev eth1`]))
  await Promise.all(nodes.map(configure))
  await pollUntil(() => allForwarding(sw, nodes.length), 'every port of the second switch to forward', { everyMs: 5 })
  return { switch: sw, addressOf }
}
