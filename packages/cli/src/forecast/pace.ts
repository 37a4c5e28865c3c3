import type { StatusAnswer } from '@movip/core/client'

/** How long traffic takes to follow a move to an endpoint that waits for somebody, such as a load balancer. */
export interface Pace {
  readonly endpoint: string
  /** From the order to move, ms. */
  readonly plannedMs: number
  /** From the loss of the holder, ms. */
  readonly lostMs: number
  readonly why: string
}

/** What is known at the node that answers of the endpoints that it would bring up itself. */
export function paceOf({ runner }: Pick<StatusAnswer, 'runner'>, group: string, leaseMs: number): readonly Pace[] {
  const endpoints = runner.find((known) => known.group === group)?.endpoints ?? []
  return endpoints.flatMap(({ describe, claimTakes }) =>
    claimTakes === undefined
      ? []
      : [{ endpoint: describe, plannedMs: claimTakes.ms, lostMs: leaseMs + claimTakes.ms, why: claimTakes.why }],
  )
}
