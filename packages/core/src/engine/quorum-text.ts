import { quorumOf } from '../model/index.ts'
import type { NodeId } from '../model/index.ts'

/** Which voters are heard and how many must be, for people who ask why nothing is decided. */
export function quorumText(voters: readonly NodeId[], heard: readonly NodeId[]): string {
  const known = heard.length === 0 ? 'none' : `${heard.length}`
  const names = heard.length === 0 ? '' : ` (${heard.join(', ')})`
  return `heard ${known} of ${voters.length} voters${names}, needs ${quorumOf(voters.length)}`
}
