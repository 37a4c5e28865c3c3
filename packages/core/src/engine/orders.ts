import type { GivenOrder } from '../model/index.ts'

/** So many orders are looked back on: small enough to be sent with every snapshot. */
export const ORDERS_MAX = 100

/** The orders to remember after one more was given, the oldest first. */
export function rememberOrder(before: readonly GivenOrder[], latest: GivenOrder): readonly GivenOrder[] {
  return [...before, latest].slice(-ORDERS_MAX)
}
