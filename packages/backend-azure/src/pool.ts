import type { BackendAddressPool, LoadBalancer, NetworkInterface } from '@azure/arm-network'
import type { Candidate, Finding } from '@movip/core/backend'
import { isSameId } from './resource-id.ts'

/** The ids of the IP configurations of all interfaces in the pools of these ids. */
export function membersOf({ backendAddressPools = [] }: LoadBalancer, pools: readonly string[]): readonly string[] {
  const ours = backendAddressPools.filter(({ id }) => pools.some((pool) => isSameId(pool, id)))
  return ours.flatMap(({ backendIPConfigurations = [] }) => backendIPConfigurations.flatMap(({ id }) => id ?? []))
}

/** Addresses that were put into the pools as such. */
export function plainMembersOf({ backendAddressPools = [] }: LoadBalancer, pools: readonly string[]): readonly string[] {
  const isOurs = ({ id }: BackendAddressPool): boolean => pools.some((pool) => isSameId(pool, id))
  return backendAddressPools
    .filter(isOurs)
    .flatMap(({ loadBalancerBackendAddresses = [] }) =>
      loadBalancerBackendAddresses.flatMap(({ ipAddress, networkInterfaceIPConfiguration }) =>
        ipAddress === undefined || networkInterfaceIPConfiguration !== undefined ? [] : [ipAddress],
      ),
    )
}

export interface PoolSeen {
  /** Addresses in the pool. */
  readonly members: readonly string[]
  /** Of this machine. */
  readonly own: readonly string[]
  readonly candidates: readonly Candidate[]
  readonly node: string
  readonly balancer: string
}

/** The pool should have exactly those who may hold the group. */
export function poolFindings({ members, own, candidates, node, balancer }: PoolSeen): readonly Finding[] {
  const finding = (severity: Finding['severity'], code: string, message: string, fix: string): Finding => ({
    severity,
    code,
    message: `backend pool of ${balancer}: ${message}`,
    fix,
  })
  const others = candidates.filter((candidate) => candidate.node !== node)
  const missing = others.filter(({ addresses }) => !addresses.some((address) => members.includes(address)))
  const known = [...own, ...candidates.flatMap(({ addresses }) => addresses)]
  const strangers = members.filter((member) => !known.includes(member))
  return [
    ...(own.some((address) => members.includes(address))
      ? []
      : [
          finding(
            'error',
            'AZURE_NOT_IN_POOL',
            'this node is not in it, and never gets traffic',
            `add the IP configuration of ${node} to the pool`,
          ),
        ]),
    ...(missing.length === 0
      ? []
      : [
          finding(
            'warning',
            'AZURE_POOL_LACKS',
            `${missing.map((each) => each.node).join(', ')} may hold the group and is not found in it by address`,
            'add its IP configuration, or take it from the nodes of the group',
          ),
        ]),
    ...(strangers.length === 0
      ? []
      : [
          finding(
            'warning',
            'AZURE_POOL_STRANGER',
            `${strangers.join(', ')} is in it and may not hold the group: whatever answers the probe there gets traffic`,
            'take it from the pool, or add its node to the group',
          ),
        ]),
  ]
}

/** Addresses of interfaces by the ids of their IP configurations. */
export function addressesOf(interfaces: readonly NetworkInterface[], configurations: readonly string[]): readonly string[] {
  return interfaces.flatMap(({ ipConfigurations = [] }) =>
    ipConfigurations.flatMap(({ id, privateIPAddress }) =>
      privateIPAddress !== undefined && configurations.some((one) => isSameId(one, id)) ? [privateIPAddress] : [],
    ),
  )
}

/** The interfaces that IP configurations belong to, by name and resource group. */
export function interfacesIn(configurations: readonly string[]): readonly { readonly group: string; readonly name: string }[] {
  const found = new Map<string, { readonly group: string; readonly name: string }>()
  for (const id of configurations) {
    const [whole, group, name] = /resourceGroups\/([^/]+)\/providers\/Microsoft\.Network\/networkInterfaces\/([^/]+)/i.exec(id) ?? []
    if (whole !== undefined && group !== undefined && name !== undefined) found.set(whole.toLowerCase(), { group, name })
  }
  return [...found.values()]
}
