import { planAddresses } from '../network/plan.ts'
import type { CloudHost, CloudPlan } from '../network/plan.ts'
import { addDocument, emptyWorld, linkOf } from './world.ts'
import type { World } from './world.ts'
import { fingerprintOf } from './writes.ts'

/** A host of the network: an instance with one interface. */
export interface GcpHost extends CloudHost {
  /** Path of its document: `zones/europe-west1-b/instances/n1`. */
  readonly instance: string
}

export interface GcpPlan extends CloudPlan {
  readonly world: World
  readonly hosts: readonly GcpHost[]
  /** The address of the forwarding rule of the load balancer, in the nodes' subnetwork. */
  readonly frontend: string
  /** Ranges of other sites, to which a VPN leads. */
  readonly joined: string[]
}

export interface GcpShape {
  readonly nodes: readonly string[]
  readonly number?: number
  /** How the load balancer asks the nodes; absent: as Google does where nothing is said, on port 8080. */
  readonly check?: {
    readonly port: number
    readonly path?: string
    readonly intervalS?: number
    readonly timeoutS?: number
    readonly healthyAfter?: number
    readonly unhealthyAfter?: number
  }
}

export const GCP_REGION = 'europe-west1'
const ZONES = ['b', 'c', 'd']
/** From where Google's load balancers ask: 35.191.0.0/16. */
export const GCP_PROBES = '35.191.0.1'

/** One network with a subnetwork for the nodes, in three zones, and one for the client; and a load balancer inside. */
export function planGcp(prefix: string, { nodes, number = 0, check = { port: 8080, path: '/' } }: GcpShape): GcpPlan {
  const planned = planAddresses(prefix, { nodes, subnets: 1, number })
  const world = emptyWorld('lab-project')
  const network = linkOf(world, 'global/networks/lab')
  const region = linkOf(world, `regions/${GCP_REGION}`)
  addDocument(world, 'global/networks/lab', { autoCreateSubnetworks: false })
  addDocument(world, 'global/firewalls/allow-health-checks', {
    network,
    direction: 'INGRESS',
    priority: 1000,
    sourceRanges: ['35.191.0.0/16', '130.211.0.0/22'],
    allowed: [{ IPProtocol: 'tcp' }],
  })
  const gateway = linkOf(world, 'global/gateways/default-internet-gateway')
  addDocument(world, 'global/routes/default-route', { network, destRange: '0.0.0.0/0', priority: 1000, nextHopGateway: gateway })
  const subnetworks = planned.subnets.map(({ ipv4 }, index) => {
    const path = `regions/${GCP_REGION}/subnetworks/${['nodes', 'clients'][index] ?? ''}`
    addDocument(world, path, { network, region, ipCidrRange: ipv4 })
    return linkOf(world, path)
  })
  const hosts = planned.hosts.map(({ subnet, isClient, ...host }, index): GcpHost => {
    const zone = `${GCP_REGION}-${ZONES[index % ZONES.length] ?? ''}`
    const instance = `zones/${zone}/instances/${host.name}`
    const own = { name: 'nic0', network, subnetwork: subnetworks[subnet] ?? '', networkIP: host.ipv4, 'x-mac': host.mac }
    addDocument(world, instance, {
      zone: linkOf(world, `zones/${zone}`),
      status: 'RUNNING',
      canIpForward: !isClient,
      networkInterfaces: [{ ...own, fingerprint: fingerprintOf(own) }],
    })
    if (!isClient) addDocument(world, `zones/${zone}/instanceGroups/${host.name}`, { network, 'x-members': [instance] })
    return { ...host, table: index, instance }
  })
  const frontend = `10.${number}.1.200`
  addBalancer(world, {
    network,
    region,
    frontend,
    check,
    groups: [...world.documents.keys()].filter((path) => path.includes('/instanceGroups/')),
  })
  return { world, ranges: [planned.ranges[0]], api: planned.api, hosts, frontend, joined: [] }
}

interface BalancerWanted {
  readonly network: string
  readonly region: string
  readonly frontend: string
  readonly groups: readonly string[]
  readonly check: NonNullable<GcpShape['check']>
}

/** A forwarding rule, a backend service with a group of instances for each node, and a health check. */
function addBalancer(world: World, { network, region, frontend, groups, check }: BalancerWanted): void {
  const { port, path: requestPath, intervalS = 5, timeoutS = 5, healthyAfter = 2, unhealthyAfter = 2 } = check
  const at = (collection: string): string => `regions/${GCP_REGION}/${collection}/inside`
  addDocument(world, at('healthChecks'), {
    region,
    ...(requestPath === undefined ? { type: 'TCP', tcpHealthCheck: { port } } : { type: 'HTTP', httpHealthCheck: { port, requestPath } }),
    checkIntervalSec: intervalS,
    timeoutSec: timeoutS,
    healthyThreshold: healthyAfter,
    unhealthyThreshold: unhealthyAfter,
  })
  addDocument(world, at('backendServices'), {
    region,
    network,
    protocol: 'TCP',
    loadBalancingScheme: 'INTERNAL',
    healthChecks: [linkOf(world, at('healthChecks'))],
    backends: groups.map((group) => ({ group: linkOf(world, group), balancingMode: 'CONNECTION' })),
    failoverPolicy: { dropTrafficIfUnhealthy: true },
  })
  addDocument(world, at('forwardingRules'), {
    region,
    network,
    IPAddress: frontend,
    IPProtocol: 'TCP',
    allPorts: true,
    loadBalancingScheme: 'INTERNAL',
    backendService: linkOf(world, at('backendServices')),
  })
}
