import type { BalancerConfig, Health as Found } from '../load-balancer/config.ts'
import { backendsOf } from './health.ts'
import { isSame } from './ids.ts'
import { AZURE_PROBES } from './vnet-plan.ts'
import { asApplied } from './world.ts'
import type { Frontend, LoadBalancer, Probe, Rule, World } from './world.ts'

/** Who can be behind the load balancer, by where it is plugged in. */
export interface Pluggable {
  readonly name: string
  readonly ipv4: string
  readonly port: string
}

interface Balanced {
  readonly balancer: LoadBalancer
  readonly front: Frontend
  /** Those that are in front, of which the first is asked about. */
  readonly rules: readonly [Rule, ...Rule[]]
  readonly probe: Probe['properties']
}

/** The first frontend inside the network, and what is there. null: there is none, or nobody is asked for it. */
function balancedIn({ loadBalancers }: World): Balanced | null {
  for (const balancer of loadBalancers) {
    const { frontendIPConfigurations, loadBalancingRules, probes } = balancer.properties
    const front = frontendIPConfigurations.find(({ properties }) => properties.privateIPAddress !== undefined)
    const [rule, ...others] = loadBalancingRules.filter(({ properties }) => isSame(properties.frontendIPConfiguration.id, front?.id))
    const probe = probes.find(({ id }) => isSame(id, rule?.properties.probe?.id))?.properties
    if (front !== undefined && rule !== undefined && probe !== undefined) return { balancer, front, rules: [rule, ...others], probe }
  }
  return null
}

/** What the namespace of the load balancer has to do for this world. */
export function balancingOf(planned: World, hosts: readonly Pluggable[]): BalancerConfig | null {
  const world = asApplied(planned)
  const balanced = balancedIn(world)
  if (balanced === null) return null
  const { balancer, front, rules, probe } = balanced
  const [{ properties: rule }] = rules
  const members = backendsOf(world, balancer, rules[0]).map(({ address }) => address)
  const pairs = rules.map(({ properties }) => ({ front: properties.frontendPort, back: properties.backendPort }))
  const isEveryPort = pairs.some((pair) => pair.front === 0)
  return {
    address: front.properties.privateIPAddress ?? '',
    ...(isEveryPort ? {} : { servicePorts: pairs.map((pair) => pair.front) }),
    ...(rule.enableFloatingIP ? {} : { translated: pairs }),
    probeSource: AZURE_PROBES,
    backends: hosts.map(({ name, ipv4, port }) => ({ name, address: ipv4, routerPort: port, isMember: members.includes(ipv4) })),
    probe: probeOf(probe),
    oldFlows: 'keep',
    allDown: probe.noHealthyBackendsBehavior === 'AllProbedUp' ? 'all' : 'drop',
  }
}

function probeOf({ requestPath: path, port, intervalInSeconds, probeThreshold }: Probe['properties']): BalancerConfig['probe'] {
  return {
    ...(path === undefined ? { type: 'tcp' } : { type: 'http', path }),
    port,
    intervalMs: intervalInSeconds * 1000,
    timeoutMs: intervalInSeconds * 1000,
    healthyAfter: probeThreshold,
    unhealthyAfter: probeThreshold,
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
