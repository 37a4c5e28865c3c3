import type { Fields } from './contract.ts'
import { ArmFault } from './fault.ts'
import { isSame } from './ids.ts'
import { membersOf } from './references.ts'
import type { Health, LoadBalancer, Rule, World } from './world.ts'

/** Who may get the packets of a rule: an address, and whose it is where it is that of an interface. */
export interface Backend {
  readonly address: string
  readonly ipConfiguration: string
  /** Its machine runs; an address that is no interface's is taken to be alive. */
  readonly isRunning: boolean
}

export function backendsOf(world: World, balancer: LoadBalancer, { properties }: Rule): readonly Backend[] {
  const named = [
    ...(properties.backendAddressPools ?? []),
    ...(properties.backendAddressPool === undefined ? [] : [properties.backendAddressPool]),
  ]
  const pools = balancer.properties.backendAddressPools.filter((pool) => named.some(({ id }) => isSame(id, pool.id)))
  return pools.flatMap((pool) => [
    ...membersOf(world.networkInterfaces, pool.id).flatMap((id) => backendAt(world, id)),
    ...(pool.properties.loadBalancerBackendAddresses ?? []).map((one) => ({
      address: one.properties?.ipAddress ?? '',
      ipConfiguration: '',
      isRunning: true,
    })),
  ])
}

function backendAt({ networkInterfaces, machines }: World, ipConfiguration: string): readonly Backend[] {
  return networkInterfaces.flatMap(({ properties }) =>
    properties.ipConfigurations
      .filter(({ id }) => isSame(id, ipConfiguration))
      .map((one) => ({
        address: one.properties.privateIPAddress ?? '',
        ipConfiguration: one.id,
        isRunning: machines.some(({ id, state }) => isSame(id, properties.virtualMachine?.id) && state === 'running'),
      })),
  )
}

/** What nobody has probed so far has not been found healthy. */
const unprobed: Health = { state: 'Down', reason: 'Down_Probe_ApproachingHealthyThreshold' }

/** What the load balancer found of a rule's backends, as the service tells it. Throws `ArmFault` for a rule without a probe. */
export function healthOf(world: World, balancer: LoadBalancer, rule: Rule): Fields {
  if (rule.properties.probe === undefined)
    throw new ArmFault('InvalidRequestFormat', `The health of load balancing rule ${rule.id} cannot be told: it has no probe.`)
  const [, found = {}] = Object.entries(world.health).find(([id]) => isSame(id, rule.id)) ?? []
  const backends = backendsOf(world, balancer, rule).map((backend) => ({ ...backend, ...(found[backend.address] ?? unprobed) }))
  const running = backends.filter(({ isRunning }) => isRunning)
  const up = running.filter(({ state }) => state === 'Up').length
  return {
    up,
    down: running.length - up,
    loadBalancerBackendAddresses: backends.map(({ address, ipConfiguration, isRunning, state, reason }) => ({
      ipAddress: isRunning ? address : '',
      networkInterfaceIPConfigurationId: ipConfiguration,
      state: isRunning ? state : '',
      reason: isRunning ? reason : '',
    })),
  }
}
