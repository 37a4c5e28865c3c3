import type { GroupId, Instant, NodeId } from '../model/index.ts'
import { quorumOf } from '../model/index.ts'
import { ofGroup } from './by-group.ts'
import type { CoordinationContext } from './coordination.ts'

/** Nothing is proposed that a quorum would have to hold back: their newest beats report no promise to anybody else. */
export function isFree(
  { self, peers, promises, raft, state }: CoordinationContext,
  group: GroupId,
  to: NodeId | null,
  now: Instant,
): boolean {
  const { electionMs } = state().spec.timing
  const isFreeAt = (voter: NodeId): boolean => {
    const view = peers.get(voter)
    const running = voter === self ? promises.running() : view?.beat.promises
    if (running === undefined || (voter !== self && now - (view?.heardAt ?? -Infinity) > electionMs)) return false
    return ofGroup(running, group).every(({ node, epoch }) => node === to || promises.isReleased(group, epoch, node))
  }
  const { voters } = raft
  return voters.filter(isFreeAt).length >= quorumOf(voters.length)
}
