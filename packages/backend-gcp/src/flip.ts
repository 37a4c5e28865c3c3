import type { Verdict } from '@movip/backend-lb/confirming'

/** What the balancer has seen of one instance. */
export interface Told {
  readonly address: string
  readonly instance: string
  readonly isHealthy: boolean
}

/** Whether the balancer has exactly this instance healthy. */
export function verdictOf(told: readonly Told[], instance: string): Verdict {
  const healthy = told.filter(({ isHealthy }) => isHealthy).map((each) => each.instance)
  if (!healthy.includes(instance)) return { why: 'the load balancer has this node as unhealthy, or does not know it' }
  const others = healthy.filter((name) => name !== instance)
  return others.length === 0 ? 'confirmed' : { why: `the load balancer has ${others.join(', ')} as healthy, too` }
}
