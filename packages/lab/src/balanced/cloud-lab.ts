import type { CloudControl } from '../clouds/cloud-control.ts'
import type { CloudNetwork } from '../clouds/network/cloud-network.ts'
import type { BalancedLab } from './balanced-lab.ts'
import { startHealthWatch } from './health-watch.ts'
import { HEALTH_PATH, HEALTH_PORT, SERVICE_PORT } from './ports.ts'
import { startServices } from './services.ts'
import { startVisitor } from './visitor.ts'

export interface CloudLabOptions {
  readonly network: CloudNetwork
  readonly control: Pick<CloudControl<never>, 'balancer' | 'setMachine' | 'broken' | 'stop'>
  /** The address in front of the load balancer. */
  readonly frontend: string
  /** The endpoint of the group, as `cluster.yaml` has it. */
  readonly endpoint: object
  /** The environment in which programs find this control plane, and trust it. */
  readonly trusting: Readonly<Record<string, string>>
  /** What the cloud calls the machine of a node. */
  readonly machine: (name: string) => string
}

/** What a site in any cloud has in common: the service, its clients, and what its cluster needs. */
export async function startCloudLab(options: CloudLabOptions): Promise<Omit<BalancedLab, 'probe'>> {
  const { network, control, frontend, endpoint, trusting, machine } = options
  const services = await startServices(network.nodes)
  const nodes = network.nodes.map(({ name, ipv4: address }) => ({ name, address }))
  const [visitor, watch] = await Promise.all([
    startVisitor(network.client, frontend, SERVICE_PORT),
    startHealthWatch(network.client, { nodes, door: { port: HEALTH_PORT, path: HEALTH_PATH } }),
  ])
  const probes = [...services, visitor, watch, control]
  return {
    network,
    vips: { ipv4: frontend, ipv6: '' },
    client: visitor,
    client6: null,
    visitor,
    watch,
    cluster: {
      endpoints: [JSON.stringify(endpoint)],
      nodeLines: () => [`health: { listen: "0.0.0.0:${HEALTH_PORT}" }`],
      under: () => ['env', ...Object.entries(trusting).map(([name, value]) => `${name}=${value}`)],
    },
    async untilAgreed(node) {
      await control.balancer?.untilHealthy([node])
    },
    async lose(host) {
      await network.cutOff(host)
      await control.setMachine(machine(host.name), 'stopped')
    },
    async regain(host) {
      await network.heal(host)
      await control.setMachine(machine(host.name), 'running')
    },
    broken: Promise.race(probes.map(({ broken }) => broken)),
    close() {
      for (const probe of probes) probe.stop()
      network.close()
    },
  }
}
