import type { Member } from './cluster.ts'

/** Name of a network that messages go over. The same plane has the same name on every node. */
export type PlaneName = string

/** The plane of a cluster that has but one. */
export const mainPlane: PlaneName = 'main'

/** Where a node's own nats-server is reached on that plane; null: it has none there. */
export function addressOn({ address, addresses }: Pick<Member, 'address' | 'addresses'>, plane: PlaneName): string | null {
  if (addresses !== undefined) return addresses[plane] ?? null
  return plane === mainPlane ? address : null
}
