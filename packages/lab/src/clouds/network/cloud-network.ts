import { command } from '../../command.ts'
import { LabError } from '../../errors.ts'
import { CLIENT } from '../../network/host.ts'
import type { Host } from '../../network/host.ts'
import type { Network } from '../../network/network.ts'
import { AS_ROUTER, BEHIND, portLines, WAN_MAC, wayThrough } from '../../network/router.ts'
import { createRunFolder } from '../../network/run-folder.ts'
import { lines } from '../../network/switch.ts'
import { takeDown, takeDownAbandoned, takeDownAtExit } from '../../network/teardown.ts'
import { GATEWAY_DEVICE, PRIVATE_DEVICE } from './fabric.ts'
import { kernelTable, LOCAL_TABLE } from './packets.ts'
import { METADATA, OUTSIDE, OUTSIDE_ADDRESS, PUBLIC_BLOCK } from './plan.ts'
import type { CloudHost, CloudPlan } from './plan.ts'

/** A cloud's network as namespaces: a router to which every machine has a cable of its own, and a gateway between it and the internet. */
export interface CloudNetwork<Plan extends CloudPlan = CloudPlan> extends Network {
  readonly plan: Plan
  readonly gateway: string
  /** Namespace of a host in the internet. */
  readonly outside: string
  /** From now on no packet comes to the host, or from it. */
  cutOff(host: Pick<Host, 'port'>): Promise<void>
  heal(host: Pick<Host, 'port'>): Promise<void>
}

/** Builds what is planned; `planned` is told with what names of namespaces begin. Leftovers of labs that died are removed first. */
export async function createCloudNetwork<Plan extends CloudPlan>(planned: (prefix: string) => Plan): Promise<CloudNetwork<Plan>> {
  takeDownAbandoned()
  const folder = createRunFolder()
  takeDownAtExit(folder)
  const plan = planned(folder.prefix)
  const [router, gateway, outside] = [`${folder.prefix}-rt`, `${folder.prefix}-igw`, `${folder.prefix}-${OUTSIDE}`]
  try {
    await build({ plan, router, gateway, outside })
  } catch (error) {
    takeDown(folder)
    throw error
  }
  const host = (name: string): CloudHost => {
    const found = plan.hosts.find((candidate) => candidate.name === name)
    if (found === undefined)
      throw new LabError('UNKNOWN_HOST', `The cloud has no host ${name}.`, `It has: ${plan.hosts.map((one) => one.name).join(', ')}.`)
    return found
  }
  const cut = (verb: 'add' | 'delete') => async (target: Pick<Host, 'port'>) => {
    await command('ip', ['netns', 'exec', router, 'nft', verb, 'element', 'inet', 'lab', 'cut', `{ "${target.port}" }`])
  }
  let closed = false
  return {
    folder,
    plan,
    cutOff: cut('add'),
    heal: cut('delete'),
    switch: router,
    gateway,
    outside,
    hosts: plan.hosts,
    nodes: plan.hosts.filter(({ name }) => name !== CLIENT),
    client: host(CLIENT),
    // Nobody can look at the wire of a cloud: what the client sees is all there is.
    observer: host(CLIENT),
    host,
    close() {
      if (!closed) takeDown(folder)
      closed = true
    },
  }
}

interface Parts {
  readonly plan: CloudPlan
  readonly router: string
  readonly gateway: string
  readonly outside: string
}

async function build({ plan, router, gateway, outside }: Parts): Promise<void> {
  const { hosts } = plan
  const cable = ({ port, mac, namespace }: CloudHost): string =>
    `link add name ${port} netns ${router} type veth peer name eth0 address ${mac} netns ${namespace}`
  const uplink = `link add name ${GATEWAY_DEVICE} netns ${router} address ${gatewayMac} type veth peer name vpc address ${vpcMac} netns ${gateway}`
  const internet = `link add name out netns ${gateway} type veth peer name eth0 netns ${outside}`
  const spaces = [router, gateway, outside, ...hosts.map(({ namespace }) => namespace)].map((name) => `netns add ${name}`)
  await command('ip', ['-batch', '-'], lines([...spaces, ...hosts.map(cable), uplink, internet]))
  const asRouter = (namespace: string): Promise<string> => command('ip', ['netns', 'exec', namespace, 'sh', '-c', AS_ROUTER])
  await Promise.all([asRouter(router), asRouter(gateway)])
  await Promise.all([
    inNamespace(router, routerLines(plan)),
    command('ip', ['netns', 'exec', router, 'nft', '-f', '-'], CUT_TABLE),
    ...['-4', '-6'].map((family) => command('ip', [family, '-n', router, '-batch', '-'], lines(ruleLines(plan)))),
    inNamespace(gateway, gatewayLines(plan)),
    inNamespace(outside, [
      `link set lo up`,
      'link set eth0 up',
      `addr add ${OUTSIDE_ADDRESS}/24 dev eth0`,
      `route add ${PUBLIC_BLOCK} via 198.51.100.1`,
    ]),
    ...hosts.map((host) => inNamespace(host.namespace, hostLines(host))),
  ])
}

const inNamespace = (namespace: string, commands: readonly string[]): Promise<string> =>
  command('ip', ['-n', namespace, '-batch', '-'], lines(commands))

/** What is cut off is heard by nobody and hears nobody, the router included. */
const CUT_TABLE = `
table inet lab {
  set cut { type ifname; }
  chain forward { type filter hook forward priority -10; policy accept; iifname @cut drop; oifname @cut drop; }
  chain input { type filter hook input priority -10; policy accept; iifname @cut drop; }
  chain output { type filter hook output priority -10; policy accept; oifname @cut drop; }
}
`

const [vpcMac, gatewayMac] = ['02:00:00:0a:ff:02', '02:00:00:0a:ff:01']

function routerLines({ hosts, api }: CloudPlan): readonly string[] {
  return [
    'link set lo up',
    `addr add ${api}/32 dev lo`,
    `addr add ${METADATA}/32 dev lo`,
    ...hosts.flatMap(({ port, mac, router }) => portLines(port, mac, router)),
    ...portLines(GATEWAY_DEVICE, vpcMac, '169.254.2.1'),
  ]
}

/** What comes from a machine goes by its table. */
function ruleLines({ hosts }: CloudPlan): readonly string[] {
  const tables = hosts.map(({ port, table }) => `rule add pref 100 iif ${port} lookup ${kernelTable(table)}`)
  return [`rule add pref 10 lookup ${LOCAL_TABLE}`, ...tables]
}

const gatewayLines = ({ ranges: [ipv4] }: CloudPlan): readonly string[] => [
  'link set lo up',
  'link set vpc up',
  'link set out up',
  'addr add 198.51.100.1/24 dev out',
  `neigh replace ${BEHIND[4]} lladdr ${gatewayMac} dev vpc nud permanent`,
  `route add ${ipv4} ${wayThrough('vpc', ipv4)}`,
]

function hostLines({ ipv4, ipv6, router }: CloudHost): readonly string[] {
  return [
    'link set dev lo up',
    'link set dev eth0 up',
    `addr add ${ipv4}/24 dev eth0`,
    `route add default via ${router}`,
    `addr add ${ipv6}/128 dev eth0 nodad`,
    'route add default via fe80::1 dev eth0',
  ]
}

/** The port to what lies between sites is there: from now on it is the router's way to them. */
export async function plugPrivateGateway(router: string): Promise<void> {
  await command('ip', ['netns', 'exec', router, 'sh', '-c', AS_ROUTER])
  await inNamespace(router, portLines(PRIVATE_DEVICE, WAN_MAC, '169.254.4.1'))
}
