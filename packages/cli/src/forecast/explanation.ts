import { forecast, nothing } from '@movip/core/forecast'
import type { GroupForecast, Picture } from '@movip/core/forecast'

/** One node that may hold the group: it does, or could as the `rank`-th, or is blocked. */
export interface Standing {
  readonly node: string
  readonly holds: boolean
  readonly rank: number | null
  /** What makes its rank; null: it could not take the group. */
  readonly why: string | null
  readonly blocked: string | null
  /** How far its data is; null: it does not tell, or the group does not go by that. */
  readonly position: string | null
}

/** What would become of the group if one node died. */
export interface AfterLoss extends Pick<GroupForecast, 'to' | 'outcome' | 'why'> {
  readonly lost: string
  readonly quorum: boolean
}

/** Why a group is where it is, and what could become of it. */
export interface Explanation {
  readonly group: string
  readonly holder: string | null
  readonly state: string | null
  readonly epoch: number
  /** Why it was given to its holder. */
  readonly cause: string
  /** What the placement would do at this moment. */
  readonly now: Pick<GroupForecast, 'to' | 'outcome' | 'why'>
  /** What somebody should know who relies on it, such as too few fit nodes. */
  readonly warnings: readonly string[]
  readonly nodes: readonly Standing[]
  /** Who may still run it, so that it is started nowhere else; absent: nobody. */
  readonly suspects?: Picture['status']['groups'][number]['suspects']
  readonly ifLost: readonly AfterLoss[]
}

/** Explains one group from what one node knows; null: there is no such group. */
export function explain(picture: Picture, group: string): Explanation | null {
  const spec = picture.spec.groups.find(({ id }) => id === group)
  const known = picture.status.groups.find(({ id }) => id === group)
  if (spec === undefined || known === undefined) return null
  const fate = (...nodes: readonly string[]): GroupForecast & { readonly quorum: boolean } => {
    const { quorum, groups } = forecast(picture, { ...nothing, nodes }, [spec])
    const [only] = groups
    if (only === undefined) throw new Error(`invariant: no forecast for ${group}`)
    return { ...only, quorum }
  }
  const present = fate()
  const { holder, state, epoch, cause } = known
  // Without a quorum nothing is ranked, and the order of preference is all that is known.
  const inOrder = present.next.length === 0 ? spec.nodes : present.next
  const line = inOrder.filter((node) => node !== holder && present.blocked[node] === undefined)
  return {
    group,
    holder,
    state,
    epoch,
    cause,
    now: { to: present.to, outcome: present.outcome, why: present.why },
    warnings: present.warnings,
    nodes: spec.nodes.map((node) => ({
      node,
      holds: node === holder,
      rank: line.includes(node) ? line.indexOf(node) + 1 : null,
      why: present.ranks[node] ?? null,
      blocked: present.blocked[node] ?? null,
      position: known.candidates.find((candidate) => candidate.node === node)?.position ?? null,
    })),
    ...(known.suspects === undefined ? {} : { suspects: known.suspects }),
    ifLost: picture.spec.nodes.map(({ id }) => {
      const { to, outcome, why, quorum } = fate(id)
      return { lost: id, quorum, to, outcome, why }
    }),
  }
}
