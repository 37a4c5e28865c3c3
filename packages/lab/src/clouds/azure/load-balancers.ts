import { checkPublicAddresses, privateAddressOf } from './addresses.ts'
import { ArmFault } from './fault.ts'
import type { Frontend, LoadBalancer, Pool, Probe, Rule, World } from './world.ts'

/** A load balancer as the service completes it. Throws `ArmFault` for what it does not want. */
export function completedBalancer(world: World, own: LoadBalancer): LoadBalancer['properties'] {
  const { properties } = own
  const frontends: Frontend[] = []
  for (const one of properties.frontendIPConfigurations) frontends.push(completedFrontend(world, own, one, frontends))
  checkPublicAddresses(world, [own], frontends)
  const loadBalancingRules = properties.loadBalancingRules.map(completedRule)
  checkPorts(loadBalancingRules)
  return {
    inboundNatRules: [],
    inboundNatPools: [],
    outboundRules: [],
    ...properties,
    frontendIPConfigurations: frontends,
    backendAddressPools: properties.backendAddressPools.map(withoutMembers),
    probes: properties.probes.map(completedProbe),
    loadBalancingRules,
  }
}

function completedFrontend(world: World, own: LoadBalancer, one: Frontend, taken: readonly Frontend[]): Frontend {
  const { subnet, publicIPAddress } = one.properties
  if ((subnet === undefined) === (publicIPAddress === undefined))
    throw new ArmFault('InvalidRequestFormat', `Frontend ${one.id} must have either a subnet or a public IP address.`)
  const common = { privateIPAllocationMethod: 'Dynamic', ...one.properties }
  if (subnet === undefined) return { ...one, properties: common }
  return {
    ...one,
    properties: { privateIPAddressVersion: 'IPv4', ...common, privateIPAddress: privateAddressOf(world, own, one, taken) },
  }
}

/** Those who are in a pool by their interface are written at the interface; what is said of them here is not heard. */
function withoutMembers(pool: Pool): Pool {
  const { loadBalancerBackendAddresses = [] } = pool.properties
  const own = loadBalancerBackendAddresses.filter(({ properties }) => properties?.ipAddress !== undefined)
  return { ...pool, properties: { ...pool.properties, loadBalancerBackendAddresses: own } }
}

const INTERVAL_MIN_S = 5

function completedProbe(probe: Probe): Probe {
  const defaults = { intervalInSeconds: 15, numberOfProbes: 2, probeThreshold: 1, noHealthyBackendsBehavior: 'AllProbedDown' }
  const done = Object.assign(defaults, probe.properties)
  const { protocol, port, requestPath, intervalInSeconds } = done
  if (protocol === undefined || !isWithin(port, 1, 65_535))
    throw new ArmFault('InvalidRequestFormat', `Probe ${probe.id} must have a protocol and a port from 1 to 65535.`)
  if ((protocol === 'Tcp') !== (requestPath === undefined))
    throw new ArmFault('InvalidRequestFormat', `Probe ${probe.id}: requestPath goes with Http and Https, and only with them.`)
  if (!isWithin(intervalInSeconds, INTERVAL_MIN_S, Infinity))
    throw new ArmFault('InvalidRequestFormat', `Probe ${probe.id}: intervalInSeconds must be at least ${INTERVAL_MIN_S}.`)
  return { ...probe, properties: done }
}

function completedRule(rule: Rule): Rule {
  const { properties } = rule
  const { protocol, frontendPort, backendPort, frontendIPConfiguration } = properties
  if (protocol === undefined || frontendIPConfiguration === undefined)
    throw new ArmFault('InvalidRequestFormat', `Load balancing rule ${rule.id} must have a protocol and a frontend.`)
  if (!isWithin(frontendPort, 0, 65_534) || !isWithin(backendPort, 0, 65_535))
    throw new ArmFault('InvalidRequestFormat', `Load balancing rule ${rule.id} has a port that is none.`)
  const defaults = { idleTimeoutInMinutes: 4, loadDistribution: 'Default', enableTcpReset: false, disableOutboundSnat: false }
  return { ...rule, properties: { ...defaults, ...properties, enableFloatingIP: properties.enableFloatingIP ?? false } }
}

function checkPorts(rules: readonly Rule[]): void {
  const seen = new Set<string>()
  for (const { id, properties } of rules) {
    const key = `${properties.frontendIPConfiguration.id.toLowerCase()} ${properties.protocol} ${properties.frontendPort}`
    if (seen.has(key))
      throw new ArmFault(
        'RulesUseSameFrontendPortProtocolAndIPConfig',
        `Load balancing rule ${id} uses a frontend, a protocol and a port of another.`,
      )
    seen.add(key)
  }
}

function isWithin(value: unknown, min: number, max: number): boolean {
  return Number.isSafeInteger(value) && Number(value) >= min && Number(value) <= max
}
