import type { FrontendIPConfiguration, LoadBalancer, LoadBalancingRule, Probe as AzureProbe } from '@azure/arm-network'
import type { Finding, HealthDoor } from '@movip/core/backend'
import { riseMs } from '@movip/backend-lb/asking'
import type { Probe } from '@movip/backend-lb/asking'
import { isSameId } from './resource-id.ts'
import { PROBE_SOURCE } from './security.ts'

/** What matters of a load balancer for one of its rules. */
export interface Settings {
  readonly balancer: LoadBalancer
  readonly rule: LoadBalancingRule
  readonly probe: AzureProbe | null
  readonly frontend: FrontendIPConfiguration | null
}

/** null: there is no such rule. */
export function settingsOf(balancer: LoadBalancer, name: string): Settings | null {
  const rule = balancer.loadBalancingRules?.find((each) => each.name?.toLowerCase() === name.toLowerCase())
  if (rule === undefined) return null
  return {
    balancer,
    rule,
    probe: balancer.probes?.find(({ id }) => isSameId(id, rule.probe?.id)) ?? null,
    frontend: balancer.frontendIPConfigurations?.find(({ id }) => isSameId(id, rule.frontendIPConfiguration?.id)) ?? null,
  }
}

/** How it asks. `numberOfProbes` is what counts only where `probeThreshold` is not set. */
export function askingOf({ intervalInSeconds = 15, probeThreshold, numberOfProbes = 1 }: AzureProbe): Probe {
  const threshold = probeThreshold ?? numberOfProbes
  return { everyMs: intervalInSeconds * 1000, rise: threshold, fall: threshold, from: [PROBE_SOURCE] }
}

export interface Wanted {
  readonly door: HealthDoor
  /** Of `health.listen`, where paths are answered. */
  readonly ports: readonly number[]
  /** That of the frontend, if this machine is to have it. */
  readonly address: string | undefined
  readonly withinMs: number
}

/** Every setting that would break a failover, or slow it. */
export function settingFindings({ balancer, rule, probe, frontend }: Settings, wanted: Wanted): readonly Finding[] {
  const name = `rule ${rule.name ?? ''} of ${balancer.name ?? 'the load balancer'}`
  const error = (code: string, message: string, fix: string): Finding => ({ severity: 'error', code, message: `${name}: ${message}`, fix })
  const sku = balancer.sku?.name ?? 'Basic'
  return [
    ...(sku === 'Basic'
      ? [error('AZURE_BASIC_SKU', 'its load balancer is of the SKU Basic, which Azure has retired', 'make it anew as Standard')]
      : []),
    ...(sku === 'Gateway'
      ? [error('AZURE_GATEWAY', 'it is a gateway load balancer, whose health nobody tells', 'use a load balancer of the SKU Standard')]
      : []),
    ...(probe === null
      ? [error('AZURE_NO_PROBE', 'it has no probe: all nodes get traffic at all times', 'give the rule a probe')]
      : probeFindings(probe, wanted, error)),
    ...floatingFindings(rule, frontend, wanted, error),
  ]
}

type MakeError = (code: string, message: string, fix: string) => Finding

function probeFindings(probe: AzureProbe, wanted: Wanted, error: MakeError): readonly Finding[] {
  const { withinMs } = wanted
  const asking = askingOf(probe)
  const takesMs = riseMs(asking)
  const name = `probe ${probe.name ?? ''}`
  const [asks, answers] = [asked(probe), answered(wanted)]
  return [
    ...(isAnswered(probe, wanted)
      ? []
      : [
          error(
            'AZURE_PROBE_ELSEWHERE',
            `${name} asks ${asks}, and movip answers ${answers}`,
            `let the probe ask ${answers}, or correct the endpoint`,
          ),
        ]),
    ...(probe.noHealthyBackendsBehavior === 'AllProbedUp'
      ? [
          error(
            'AZURE_ALL_DOWN_IS_UP',
            `${name} takes all nodes for healthy when none is: then several get traffic`,
            'set noHealthyBackendsBehavior to AllProbedDown',
          ),
        ]
      : []),
    ...(takesMs > withinMs
      ? [
          {
            severity: 'warning',
            code: 'AZURE_SLOW',
            message: `${name} asks every ${asking.everyMs / 1000} s and believes after ${asking.rise}: traffic follows only after ${takesMs / 1000} s, and ${withinMs / 1000} s are promised`,
            fix: 'set intervalInSeconds to 5 and probeThreshold to 1, or allow more with within of the endpoint',
          } as const,
        ]
      : []),
  ]
}

function asked({ protocol, port, requestPath }: AzureProbe): string {
  return protocol?.toLowerCase() === 'tcp'
    ? `by TCP at port ${port}`
    : `by ${protocol?.toUpperCase() ?? 'HTTP'} at port ${port}, ${requestPath ?? '/'}`
}

function answered({ door, ports }: Wanted): string {
  return 'path' in door ? `by HTTP at port ${ports.join(' or ')}, ${door.path}` : `by ${door.form.toUpperCase()} at port ${door.port}`
}

function isAnswered({ protocol, port = 0, requestPath = '/' }: AzureProbe, { door, ports }: Wanted): boolean {
  const form = protocol?.toLowerCase()
  if ('path' in door) return form === 'http' && requestPath === door.path && ports.includes(port)
  return form === door.form && port === door.port
}

function floatingFindings(
  rule: LoadBalancingRule,
  frontend: FrontendIPConfiguration | null,
  { address }: Wanted,
  error: MakeError,
): readonly Finding[] {
  const front = frontend?.privateIPAddress
  if (rule.enableFloatingIP === true) {
    if (address === undefined)
      return [
        error(
          'AZURE_FLOATING_NO_ADDRESS',
          `with floating IP packets come for ${front ?? 'the frontend'}, which no node has`,
          `write address: ${front ?? 'that of the frontend'} and an interface in the endpoint, or switch floating IP off`,
        ),
      ]
    if (front !== undefined && front !== address)
      return [error('AZURE_FLOATING_OTHER_ADDRESS', `its frontend has ${front}, and the endpoint ${address}`, `write address: ${front}`)]
    return []
  }
  if (address !== undefined)
    return [
      error(
        'AZURE_NOT_FLOATING',
        `without floating IP packets come for the node's own address, and never for ${address}`,
        'switch floating IP on, or leave address out',
      ),
    ]
  return [
    {
      severity: 'warning',
      code: 'AZURE_HAIRPIN',
      message: `${rule.name ?? 'the rule'}: without floating IP a node that holds the group does not reach it by the frontend: Azure does not lead a machine back to itself`,
      fix: 'let programs on the nodes ask the service directly, or use floating IP',
    },
  ]
}

/** The pools that a rule leads to, by their ids. */
export function poolsOf({ rule }: Settings): readonly string[] {
  const all = [...(rule.backendAddressPools ?? []), ...(rule.backendAddressPool === undefined ? [] : [rule.backendAddressPool])]
  return [...new Set(all.flatMap(({ id }) => id ?? []))]
}
