import type { Promises } from '../lease/promises.ts'
import type { Assignment, ClusterSpec, ClusterState, Epoch, EntryBody, GroupId, NodeId, Suspect, Suspects } from '../model/index.ts'
import type { Raft } from '../raft/raft.ts'
import type { Effect } from './types.ts'

type Assign = Extract<EntryBody, { type: 'assign' }>

/** What the entry of an assignment says of the holder before: whether that one may still run a service that asks for a fence. */
export function unreleasedIn(
  spec: ClusterSpec,
  group: GroupId,
  current: Assignment | undefined,
  promises: Promises,
): { readonly unreleased?: true } {
  if (current === undefined || current.node === null) return {}
  const isFenced = spec.groups.some(({ id, fence }) => id === group && fence !== undefined)
  return isFenced && !promises.isReleased(group, current.epoch, current.node) ? { unreleased: true } : {}
}

/** After an assignment its former holder is under suspicion, too, unless it has let the group go. */
export function afterAssign({ suspects = {}, assignments }: ClusterState, { group, unreleased }: Assign): Suspects {
  const former = assignments[group]
  if (unreleased !== true || former === undefined || former.node === null) return suspects
  return { ...suspects, [group]: [...(suspects[group] ?? []), { node: former.node, epoch: former.epoch }] }
}

/** An epoch names its group, so the epochs of any groups may be cleared at once. */
export function afterCleared({ suspects = {} }: ClusterState, node: NodeId, epochs: readonly Epoch[]): Suspects {
  return keep(suspects, (suspect) => suspect.node !== node || !epochs.includes(suspect.epoch))
}

/** Of a group that does not ask for a fence any more nobody is under suspicion; one that is taken out may be put back. */
export function afterSpec({ suspects = {} }: ClusterState, { groups }: ClusterSpec): Suspects {
  const unasked = new Set(groups.filter(({ fence }) => fence === undefined).map(({ id }) => id))
  return keep(suspects, (_, group) => !unasked.has(group))
}

/** What a node is suspected of to run still. */
export function suspicionsOf(state: ClusterState | null, self: NodeId): readonly { readonly group: GroupId; readonly epoch: Epoch }[] {
  if (state?.suspects === undefined) return []
  return Object.entries(state.suspects).flatMap(([group, all]) =>
    all.filter(({ node }) => node === self).map(({ epoch }) => ({ group, epoch })),
  )
}

/** The state with these suspects; without any it is written as it was before there were any. */
export function withSuspects(state: ClusterState, suspects: Suspects): ClusterState {
  const { suspects: _, ...rest } = state
  return Object.keys(suspects).length === 0 ? rest : { ...rest, suspects }
}

/** A node that is to come back without ever having said that it let go: its word would be that of another data folder. */
export function suspectFromBefore(after: ClusterSpec, before: ClusterSpec, { suspects = {} }: ClusterState): NodeId | null {
  const isMember = (node: NodeId, { nodes }: ClusterSpec): boolean => nodes.some(({ id }) => id === node)
  const returning = Object.values(suspects)
    .flat()
    .find(({ node }) => isMember(node, after) && !isMember(node, before))
  return returning?.node ?? null
}

export function refusalOfSuspect(node: NodeId): string {
  return `${node} may still run what it had before it left: movip fence ${node} --confirmed`
}

function keep(suspects: Suspects, isKept: (suspect: Suspect, group: GroupId) => boolean): Suspects {
  const kept = Object.entries(suspects).map(([group, all]) => [group, all.filter((suspect) => isKept(suspect, group))] as const)
  return Object.fromEntries(kept.filter(([, all]) => all.length > 0))
}

/** What people are told of an entry that clears a node. */
export function clearedEvent({ node, epochs, how }: Extract<EntryBody, { type: 'cleared' }>): Effect {
  return { type: 'event', event: { type: 'cleared', suspect: node, epochs, how } }
}

/** As coordinator: brings into the log what suspects have said themselves, once each. */
export class Clearances {
  private readonly proposed = new Set<Epoch>()

  reset(): void {
    this.proposed.clear()
  }

  run({ suspects = {} }: ClusterState, raft: Raft, promises: Promises, now: number): void {
    for (const [group, all] of Object.entries(suspects)) {
      for (const { node, epoch } of all) {
        if (this.proposed.has(epoch) || !promises.isReleased(group, epoch, node)) continue
        if (raft.propose({ type: 'cleared', node, epochs: [epoch], how: `${node} has released it` }, now) !== null) this.proposed.add(epoch)
      }
    }
  }
}
