import type { NetworkSecurityGroup, SecurityRule } from '@azure/arm-network'

/** From where Azure's load balancers ask. */
export const PROBE_SOURCE = '168.63.129.16'
const TAG = 'AzureLoadBalancer'

/** The rule of a security group that keeps probes from a port; null: none does, or nobody knows. */
export function blockingRule({ securityRules = [], defaultSecurityRules = [] }: NetworkSecurityGroup, port: number): SecurityRule | null {
  const inOrder = [...securityRules, ...defaultSecurityRules].toSorted((a, b) => (a.priority ?? 0) - (b.priority ?? 0))
  const first = inOrder.find((rule) => rule.direction === 'Inbound' && isTcp(rule) && isFromProbes(rule) && isAbout(rule, port))
  return first?.access === 'Deny' ? first : null
}

function isTcp({ protocol }: SecurityRule): boolean {
  return protocol === '*' || protocol?.toLowerCase() === 'tcp'
}

function isFromProbes({ sourceAddressPrefix, sourceAddressPrefixes = [] }: SecurityRule): boolean {
  const all = [...(sourceAddressPrefix === undefined ? [] : [sourceAddressPrefix]), ...sourceAddressPrefixes]
  return all.some((each) => ['*', '0.0.0.0/0', 'Any', TAG, PROBE_SOURCE, `${PROBE_SOURCE}/32`].includes(each))
}

function isAbout({ destinationPortRange, destinationPortRanges = [] }: SecurityRule, port: number): boolean {
  const all = [...(destinationPortRange === undefined ? [] : [destinationPortRange]), ...destinationPortRanges]
  return all.some((range) => {
    if (range === '*') return true
    const [from = Number.NaN, to = from] = range.split('-').map(Number)
    return from <= port && port <= to
  })
}
