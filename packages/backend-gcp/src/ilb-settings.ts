import type { protos } from '@google-cloud/compute'
import { riseMs } from '@movip/backend-lb/asking'
import type { Probe } from '@movip/backend-lb/asking'
import type { Finding, HealthDoor } from '@movip/core/backend'
import { obstacleTo } from './firewall.ts'
import type { Firewalls } from './firewall.ts'

export type ForwardingRule = protos.google.cloud.compute.v1.IForwardingRule
export type BackendService = protos.google.cloud.compute.v1.IBackendService
export type GroupHealth = protos.google.cloud.compute.v1.IBackendServiceGroupHealth
export type HealthCheck = protos.google.cloud.compute.v1.IHealthCheck

/** From where Google's balancers ask. */
const PROBE_SOURCES = { 4: ['35.191.0.0/16', '130.211.0.0/22'], 6: ['2600:2d00:1:b029::/64'] }

/** From where this address is asked. */
function probeSources(address: string): readonly string[] {
  return PROBE_SOURCES[address.includes(':') ? 6 : 4]
}

/** What matters of a load balancer. */
export interface Settings {
  readonly rule: ForwardingRule
  readonly service: BackendService
  readonly check: HealthCheck
}

/** How it asks. Where nothing is said, as Google does it. */
export function askingOf({ checkIntervalSec, healthyThreshold, unhealthyThreshold }: HealthCheck): Probe {
  return {
    everyMs: (checkIntervalSec ?? 5) * 1000,
    rise: healthyThreshold ?? 2,
    fall: unhealthyThreshold ?? 2,
    from: Object.values(PROBE_SOURCES).flat(),
  }
}

export interface Wanted {
  readonly door: HealthDoor
  /** Of `health.listen`, where paths are answered. */
  readonly ports: readonly number[]
  /** That of the forwarding rule, which this machine is to have. */
  readonly address: string
  readonly withinMs: number
}

/** Every setting that would break a failover, or slow it. */
export function settingFindings({ rule, service, check }: Settings, wanted: Wanted): readonly Finding[] {
  return [...ruleFindings(rule, wanted), ...checkFindings(check, wanted), ...serviceFindings(service)]
}

function ruleFindings({ name, IPAddress: front, loadBalancingScheme: scheme }: ForwardingRule, { address }: Wanted): readonly Finding[] {
  const error = (code: string, message: string, fix: string): Finding => ({
    severity: 'error',
    code,
    message: `forwarding rule ${name ?? ''}: ${message}`,
    fix,
  })
  return [
    ...(scheme === 'INTERNAL'
      ? []
      : [error('GCP_NOT_INTERNAL', `it is of the scheme ${scheme ?? 'unknown'}`, 'use an internal passthrough load balancer (INTERNAL)')]),
    ...(front === address
      ? []
      : [
          error(
            'GCP_OTHER_ADDRESS',
            `it has the address ${front ?? 'unknown'}, and the endpoint ${address}`,
            `write address: ${front ?? 'its own'}`,
          ),
        ]),
  ]
}

function checkFindings(check: HealthCheck, wanted: Wanted): readonly Finding[] {
  const asking = askingOf(check)
  const takesMs = riseMs(asking)
  const name = `health check ${check.name ?? ''}`
  const answers = answered(wanted)
  return [
    ...(isAnswered(check, wanted)
      ? []
      : [
          {
            severity: 'error',
            code: 'GCP_CHECK_ELSEWHERE',
            message: `${name} asks ${asked(check)}, and movip answers ${answers}`,
            fix: `let the health check ask ${answers}, or correct the endpoint`,
          } as const,
        ]),
    ...(takesMs > wanted.withinMs
      ? [
          {
            severity: 'warning',
            code: 'GCP_SLOW',
            message: `${name} asks every ${asking.everyMs / 1000} s and believes after ${asking.rise}: traffic follows only after ${takesMs / 1000} s, and ${wanted.withinMs / 1000} s are promised`,
            fix: 'set checkIntervalSec and timeoutSec to 1, or allow more with within of the endpoint',
          } as const,
        ]
      : []),
  ]
}

/** What keeps the balancer's questions from this node. */
export function firewallFindings(firewalls: Firewalls, check: HealthCheck, { address }: Wanted): readonly Finding[] {
  const { form, port } = asksOf(check)
  const obstacle = form === 'other' ? null : obstacleTo(firewalls, probeSources(address), port)
  if (obstacle === null) return []
  const { from, rule } = obstacle
  const why = rule === null ? 'no rule lets them in' : `${rule} keeps them out`
  return [
    {
      severity: 'error',
      code: 'GCP_PROBES_BLOCKED',
      message: `the load balancer asks from ${from} at TCP port ${port}, and ${why}: this node never gets traffic`,
      fix: `gcloud compute firewall-rules create movip-probes --allow=tcp:${port} --source-ranges=${probeSources(address).join()}, with a smaller priority than what denies them`,
    },
  ]
}

interface Asks {
  readonly form: 'http' | 'tcp' | 'other'
  readonly port: number
  readonly path: string
}

function asksOf({ type, httpHealthCheck, tcpHealthCheck }: HealthCheck): Asks {
  if (type === 'HTTP') return { form: 'http', port: httpHealthCheck?.port ?? 80, path: httpHealthCheck?.requestPath ?? '/' }
  if (type === 'TCP') return { form: 'tcp', port: tcpHealthCheck?.port ?? 80, path: '' }
  return { form: 'other', port: 0, path: '' }
}

function asked(check: HealthCheck): string {
  const { form, port, path } = asksOf(check)
  if (form === 'other') return `by ${check.type ?? 'an unknown way'}`
  return form === 'tcp' ? `by TCP at port ${port}` : `by HTTP at port ${port}, ${path}`
}

function answered({ door, ports }: Wanted): string {
  return 'path' in door ? `by HTTP at port ${ports.join(' or ')}, ${door.path}` : `by ${door.form.toUpperCase()} at port ${door.port}`
}

function isAnswered(check: HealthCheck, { door, ports }: Wanted): boolean {
  const { form, port, path } = asksOf(check)
  if ('path' in door) return form === 'http' && path === door.path && ports.includes(port)
  return form === door.form && port === door.port
}

const DRAIN_FIX = 'gcloud compute backend-services update … --connection-draining-timeout=0'

function serviceFindings({ name, failoverPolicy, connectionDraining, connectionTrackingPolicy }: BackendService): readonly Finding[] {
  const finding = (severity: Finding['severity'], code: string, message: string, fix: string): Finding => ({
    severity,
    code,
    message: `backend service ${name ?? ''}: ${message}`,
    fix,
  })
  const persistence = connectionTrackingPolicy?.connectionPersistenceOnUnhealthyBackends
  return [
    ...(failoverPolicy?.dropTrafficIfUnhealthy === true
      ? []
      : [
          finding(
            'error',
            'GCP_ALL_DOWN_IS_UP',
            'where no node is healthy it leads traffic to all of them',
            'set dropTrafficIfUnhealthy: gcloud compute backend-services update … --drop-traffic-if-unhealthy',
          ),
        ]),
    ...(failoverPolicy?.disableConnectionDrainOnFailover === true || (connectionDraining?.drainingTimeoutSec ?? 0) === 0
      ? []
      : [
          finding(
            'warning',
            'GCP_DRAINS',
            `it keeps old flows with a node that was left for ${connectionDraining?.drainingTimeoutSec ?? 0} s`,
            DRAIN_FIX,
          ),
        ]),
    ...(persistence === 'NEVER_PERSIST'
      ? []
      : [
          finding(
            'warning',
            'GCP_OLD_FLOWS',
            'old flows stay with a node that is not healthy any more: their clients hang until movip has closed them there',
            'set connectionPersistenceOnUnhealthyBackends to NEVER_PERSIST',
          ),
        ]),
  ]
}
