import type { BalancerConfig, Health } from '../load-balancer/config.ts'
import { isFields, textOf } from './contract.ts'
import type { Fields, Json } from './contract.ts'
import type { Plugged } from './fabric.ts'
import { GCP_PROBES } from './vpc-plan.ts'
import { pathOf } from './world.ts'
import type { World } from './world.ts'

/** Who can be behind the load balancer. */
export interface Pluggable extends Plugged {
  readonly name: string
  readonly ipv4: string
}

const firstLink = (value: Json | undefined): string => (Array.isArray(value) ? ((value as readonly string[])[0] ?? '') : '')

/** What the namespace of the load balancer has to do for this world: that of its forwarding rule inside. null: there is none, or no check. */
export function balancingOf(world: World, hosts: readonly Pluggable[]): BalancerConfig | null {
  const rule = [...world.documents].find(
    ([path, fields]) => path.includes('/forwardingRules/') && fields['backendService'] !== undefined,
  )?.[1]
  const service = world.documents.get(pathOf(textOf(rule ?? {}, 'backendService')))
  const check = world.documents.get(pathOf(firstLink(service?.['healthChecks'])))
  if (rule === undefined || service === undefined || check === undefined) return null
  const members = membersOf(world, service)
  const failover = service['failoverPolicy']
  const isDropped = isFields(failover) && failover['dropTrafficIfUnhealthy'] === true
  const tracking = service['connectionTrackingPolicy']
  const never = isFields(tracking) && tracking['connectionPersistenceOnUnhealthyBackends'] === 'NEVER_PERSIST'
  const ports = rule['allPorts'] === true || !Array.isArray(rule['ports']) ? null : (rule['ports'] as readonly Json[]).map(Number)
  return {
    address: textOf(rule, 'IPAddress'),
    ...(ports === null ? {} : { servicePorts: ports }),
    probeSource: GCP_PROBES,
    backends: hosts.map(({ name, ipv4, port, instance }) => ({
      name,
      address: ipv4,
      routerPort: port,
      isMember: members.includes(instance),
    })),
    probe: probeOf(check),
    oldFlows: never ? 'move' : 'keep',
    allDown: isDropped ? 'drop' : 'all',
  }
}

function probeOf(check: Fields): BalancerConfig['probe'] {
  const http = check['httpHealthCheck']
  const tcp = check['tcpHealthCheck']
  const [kind, own] = isFields(http) ? (['http', http] as const) : (['tcp', isFields(tcp) ? tcp : {}] as const)
  const seconds = (name: string): number => Number(check[name] ?? 5) * 1000
  return {
    type: kind,
    port: Number(own['port'] ?? 80),
    ...(kind === 'http' ? { path: textOf(own, 'requestPath') } : {}),
    intervalMs: seconds('checkIntervalSec'),
    timeoutMs: seconds('timeoutSec'),
    healthyAfter: Number(check['healthyThreshold'] ?? 2),
    unhealthyAfter: Number(check['unhealthyThreshold'] ?? 2),
  }
}

function membersOf({ documents }: World, service: Fields): readonly string[] {
  const backends = (service['backends'] ?? []) as readonly Fields[]
  return backends.flatMap((backend) => {
    const group = documents.get(pathOf(textOf(backend, 'group')))
    return (group?.['x-members'] ?? []) as readonly string[]
  })
}

/** What the load balancer thinks of an instance is told of it from now on. */
export function noteHealth(world: World, instance: string, { healthy }: Health): void {
  world.health.set(instance, healthy ? 'HEALTHY' : 'UNHEALTHY')
}
