import type { LoadBalancerHealthPerRule } from '@azure/arm-network'
import type { Verdict } from '@movip/backend-lb/confirming'

/** What counts for nothing: all are down, and so all are taken for up. */
const ALL_DOWN_IS_UP = 'Up_Probe_AllDownIsUp'

/** Whether the balancer has exactly this node up. States and reasons that nobody knows count for nothing. */
export function verdictOf({ loadBalancerBackendAddresses: all = [] }: LoadBalancerHealthPerRule, own: readonly string[]): Verdict {
  const mine = all.find(({ ipAddress = '' }) => own.includes(ipAddress))
  if (mine === undefined) return { why: 'the load balancer does not tell of this node' }
  if (mine.state !== 'Up')
    return { why: `the load balancer has this node as ${mine.state || 'unknown'} (${mine.reason || 'it says no more'})` }
  if (mine.reason === ALL_DOWN_IS_UP) return { why: 'the load balancer has all nodes down, and takes them for up' }
  const others = all.flatMap(({ ipAddress = '', state }) => (state === 'Up' && !own.includes(ipAddress) ? [ipAddress] : []))
  return others.length === 0 ? 'confirmed' : { why: `the load balancer has ${others.join(', ')} up, too` }
}
