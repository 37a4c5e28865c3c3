import type { Right } from '@movip/core/backend'
import type { IlbOptions } from './ilb-options.ts'
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
