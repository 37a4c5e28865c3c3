import type { GroupId, NodeId } from '../model/index.ts'
import { forecast, nothing } from './forecast.ts'
import type { GroupForecast, Picture } from './forecast.ts'

/** What a drill does to the holder of a group. */
export type DrillFault = 'switchover' | 'kill' | 'isolate'

/** Longest time for which a node cuts itself off. */
export const ISOLATE_MS_MAX = 60_000

/** What a drill would do, or why there is to be none. */
export type DrillOutlook =
  | {
      readonly holder: NodeId
      readonly to: NodeId
      /** Everything that would move, the group among it. */
      readonly moves: readonly { readonly group: GroupId; readonly to: NodeId }[]
      readonly refusal: null
    }
  | { readonly refusal: DrillRefusal }

export interface DrillRefusal {
  readonly code: 'no-quorum' | 'unknown-group' | 'not-now' | 'no-redundancy'
  readonly message: string
}

/**
 * A drill is for a cluster at rest that bears the fault: afterwards a quorum is left, and each group that the holder serves has another
 * node that can take it. By the coordinator's own placement, as far as the node whose picture this is knows. Pure.
 */
export function outlookOf(picture: Picture, group: GroupId, fault: DrillFault): DrillOutlook {
  const { status } = picture
  const known = status.groups.find(({ id }) => id === group)
  if (known === undefined) return refused('unknown-group', `there is no group ${group}`)
  if (!status.quorum) return refused('no-quorum', 'there is no quorum: nothing could take over')
  const { pausedAll, paused } = status.maintenance
  if (pausedAll !== null || Object.hasOwn(paused, group)) return refused('not-now', `${group} is paused: it would not fail over`)
  if (known.holder === null || known.state !== 'active') return refused('not-now', `${group} is not served at present`)
  const { holder } = known
  const present = forecast(picture, nothing).groups
  const restless = present.find(({ outcome }) => outcome === 'moves')
  if (restless !== undefined) return refused('not-now', `${restless.group} is about to move: ${restless.why}`)
  if (fault === 'switchover') return outlookOfMove(present, group, holder)
  const after = forecast(picture, { nodes: [holder], links: [] })
  if (!after.quorum)
    return refused('no-redundancy', `without ${holder} there would be no quorum: ${after.voters.length} voters, ${after.needed} must agree`)
  const mine = after.groups.filter(({ from }) => from === holder)
  const lost = mine.find(({ to }) => to === null)
  if (lost !== undefined) return refused('no-redundancy', `nobody could take ${lost.group} from ${holder}: ${whyNobody(lost)}`)
  const moves = mine.flatMap((move) => (move.to === null ? [] : [{ group: move.group, to: move.to }]))
  const to = moves.find((move) => move.group === group)?.to
  return to === undefined ? refused('no-redundancy', `nobody could take ${group}`) : { holder, to, moves, refusal: null }
}

function outlookOfMove(present: readonly GroupForecast[], group: GroupId, holder: NodeId): DrillOutlook {
  const mine = present.find((other) => other.group === group)
  const to = mine?.next.find((node) => node !== holder)
  if (mine === undefined || to === undefined)
    return refused('no-redundancy', `no other node could take ${group}${mine === undefined ? '' : `: ${whyNobody(mine)}`}`)
  return { holder, to, moves: [{ group, to }], refusal: null }
}

function whyNobody({ blocked, why }: GroupForecast): string {
  const reasons = Object.entries(blocked).map(([node, reason]) => `${node}: ${reason}`)
  return reasons.join('; ') || why
}

function refused(code: DrillRefusal['code'], message: string): DrillOutlook {
  return { refusal: { code, message } }
}
