import { isDeepStrictEqual } from 'node:util'
import type { ClusterSpec, Member, NodeId } from '../model/index.ts'
import { votersOf } from '../model/index.ts'

/** One configuration on the way to another. */
export interface Step {
  readonly spec: ClusterSpec
  readonly what: string
}

/**
 * The way from one configuration to another: the voter set changes by one voter at a time. First comes everything that changes no vote, so
 * that new nodes are members and can be heard before their vote counts; then votes are added, which keeps the quorum large; then taken.
 */
export function stepsBetween(before: ClusterSpec, after: ClusterSpec): readonly Step[] {
  const [had, gets] = [votersOf(before), votersOf(after)]
  const joining = gets.filter((node) => !had.includes(node))
  const leaving = had.filter((node) => !gets.includes(node))
  const steps: Step[] = [{ spec: withVoters(before, after, had), what: 'everything that changes no vote' }]
  let voters = had
  for (const node of joining) {
    voters = [...voters, node]
    steps.push({ spec: withVoters(before, after, voters), what: `${node} gets a vote` })
  }
  for (const node of leaving) {
    voters = voters.filter((voter) => voter !== node)
    steps.push({ spec: withVoters(before, after, voters), what: `${node} loses its vote` })
  }
  return steps.filter(({ spec }, position) => !isDeepStrictEqual(spec, steps[position - 1]?.spec ?? before))
}

/** The later configuration with other voters. Who is no member of it any more stays one for as long as it has a vote. */
function withVoters(before: ClusterSpec, after: ClusterSpec, voters: readonly NodeId[]): ClusterSpec {
  const vote = (node: Member): Member => (node.voter === voters.includes(node.id) ? node : { ...node, voter: !node.voter })
  const leaving = before.nodes.filter(({ id }) => voters.includes(id) && !after.nodes.some((node) => node.id === id))
  return { ...after, nodes: [...after.nodes.map(vote), ...leaving] }
}
