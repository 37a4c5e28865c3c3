import type { BalancerConfig, Health as Found } from '../load-balancer/config.ts'
import { backendsOf } from './health.ts'
import { isSame } from './ids.ts'
import { AZURE_PROBES } from './vnet-plan.ts'
import { asApplied } from './world.ts'
import type { LoadBalancer, Rule, World } from './world.ts'

/** Who can be behind the load balancer, by where it is plugged in. */
export interface Pluggable {
  readonly name: string
  readonly ipv4: string
  readonly port: string
}

interface Balanced {
  readonly balancer: LoadBalancer
  readonly rules: readonly Rule[]
}

/** The rules of the frontend inside the network that comes first, as they are applied. null: there is none, or nobody is asked for it. */
function balancedIn(world: World): Balanced | null {
  for (const balancer of world.loadBalancers) {
    const inside = balancer.properties.frontendIPConfigurations.find(({ properties }) => properties.privateIPAddress !== undefined)
    const rules = balancer.properties.loadBalancingRules.filter(({ properties }) =>
      isSame(properties.frontendIPConfiguration.id, inside?.id),
    )
    if (rules[0]?.properties.probe !== undefined) return { balancer, rules }
  }
  return null
}

/** What the namespace of the load balancer has to do for this world. */
export function balancingOf(planned: World, hosts: readonly Pluggable[]): BalancerConfig | null {
  const world = asApplied(planned)
  const { balancer, rules } = balancedIn(world) ?? {}
  const [rule] = rules ?? []
  const frontend = balancer?.properties.frontendIPConfigurations.find(({ id }) => isSame(id, rule?.properties.frontendIPConfiguration.id))
  const probe = balancer?.properties.probes.find(({ id }) => isSame(id, rule?.properties.probe?.id))?.properties
  if (balancer === undefined || rules === undefined || rule === undefined || probe === undefined) return null
  const members = backendsOf(world, balancer, rule).map(({ address }) => address)
  const ports = rules.map(({ properties }) => properties.frontendPort)
  const { requestPath: path } = probe
  return {
    address: frontend?.properties.privateIPAddress ?? '',
    ...(ports.includes(0) ? {} : { servicePorts: ports }),
    probeSource: AZURE_PROBES,
    backends: hosts.map(({ name, ipv4, port }) => ({ name, address: ipv4, routerPort: port, isMember: members.includes(ipv4) })),
    probe: {
      ...(path === undefined ? { type: 'tcp' } : { type: 'http', path }),
      port: probe.port,
      intervalMs: probe.intervalInSeconds * 1000,
      timeoutMs: probe.intervalInSeconds * 1000,
      healthyAfter: probe.probeThreshold,
      unhealthyAfter: probe.probeThreshold,
    },
    oldFlows: 'keep',
    allDown: probe.noHealthyBackendsBehavior === 'AllProbedUp' ? 'all' : 'drop',
  }
}

/** What the load balancer thinks of a backend is told of each of its rules from now on. */
export function noteHealth(world: World, address: string, { healthy, reason }: Found): void {
  for (const { id } of balancedIn(world)?.rules ?? [])
    (world.health[id] ??= {})[address] = { state: healthy ? 'Up' : 'Down', reason: wordFor(healthy, reason) }
}

function wordFor(healthy: boolean, reason: string): string {
  const isGood = reason === '200' || reason === 'connected'
  if (healthy) return isGood ? 'Up_Probe_Success' : 'Up_Probe_ApproachingUnhealthyThreshold'
  if (isGood) return 'Down_Probe_ApproachingHealthyThreshold'
  if (/^\d+$/.test(reason)) return 'Down_Probe_HttpStatusCodeError'
  return reason === 'timeout' ? 'Down_Probe_HttpNoResponse' : 'Down_Probe_HttpEndpointUnreachable'
}
