import type { LoadBalancerHealthPerRule } from '@azure/arm-network'

/** What counts for nothing: all are down, and so all are taken for up. */
const ALL_DOWN_IS_UP = 'Up_Probe_AllDownIsUp'

/** Whether the balancer has exactly this node up; else in which way not. States and reasons that nobody knows count for nothing. */
export function verdictOf({ loadBalancerBackendAddresses: all = [] }: LoadBalancerHealthPerRule, own: readonly string[]): string {
  const mine = all.find(({ ipAddress = '' }) => own.includes(ipAddress))
  if (mine === undefined) return 'the load balancer does not tell of this node'
  if (mine.state !== 'Up') return `the load balancer has this node as ${mine.state || 'unknown'} (${mine.reason || 'it says no more'})`
  if (mine.reason === ALL_DOWN_IS_UP) return 'the load balancer has all nodes down, and takes them for up'
  return othersUp({ loadBalancerBackendAddresses: all }, own).length === 0 ? 'confirmed' : 'the load balancer has several nodes up'
}

/** Who else is up. */
export function othersUp({ loadBalancerBackendAddresses: all = [] }: LoadBalancerHealthPerRule, own: readonly string[]): readonly string[] {
  return all.flatMap(({ ipAddress = '', state }) => (state === 'Up' && !own.includes(ipAddress) ? [ipAddress] : []))
}
