import type { Right } from '@movip/core/backend'
import type { IlbOptions } from './ilb-options.ts'
import type { AddressOptions, RouteOptions } from './led-options.ts'
import { parseResourceId } from './resource-id.ts'

/** The least that `azure-ilb` must be allowed, in the words of Azure's roles. Nothing of it changes anything, and no move depends on it. */
export function ilbRights({ loadBalancer }: IlbOptions): readonly Right[] {
  const { subscription = '', group = '' } = parseResourceId(loadBalancer) ?? {}
  const nodes = `/subscriptions/${subscription}/resourceGroups/${group}`
  return [
    { action: 'Microsoft.Network/loadBalancers/read', resource: loadBalancer },
    { action: 'Microsoft.Network/loadBalancers/loadBalancingRules/health/action', resource: loadBalancer },
    { action: 'Microsoft.Network/networkInterfaces/read', resource: nodes },
    { action: 'Microsoft.Network/networkSecurityGroups/read', resource: nodes },
    { action: 'Microsoft.Network/virtualNetworks/subnets/read', resource: nodes },
  ]
}

const nics = (actions: readonly string[]): readonly Right[] =>
  actions.map((action) => ({ action: `Microsoft.Network/networkInterfaces/${action}`, resource: 'the resource group of the nodes' }))

export function routeRights({ routeTables }: RouteOptions): readonly Right[] {
  const actions = ['read', 'routes/read', 'routes/write']
  const tables = routeTables.flatMap((resource) =>
    actions.map((action) => ({ action: `Microsoft.Network/routeTables/${action}`, resource })),
  )
  return [...tables, ...nics(['read'])]
}

/** What is written back of an interface names its subnet, its security group and its pools: each of these may be joined. */
export function addressRights({ publicAddress }: AddressOptions): readonly Right[] {
  const join = ['virtualNetworks/subnets/join/action', 'networkSecurityGroups/join/action', 'loadBalancers/backendAddressPools/join/action']
  const joins = join.map((action) => ({ action: `Microsoft.Network/${action}`, resource: 'what the interfaces of the nodes name' }))
  const joined = publicAddress === undefined ? [] : [{ action: 'Microsoft.Network/publicIPAddresses/join/action', resource: publicAddress }]
  return [...nics(['read', 'write']), ...joins, ...joined]
}
