import type { ClusterSpec, ClusterState, Configuration, Index } from '../model/index.ts'

/** So many configurations are remembered. */
const MOST_REMEMBERED = 20
/** What they may take together, in characters of JSON: a snapshot with them has to fit into one message. */
const MOST_CHARACTERS = 2 ** 21

/** The configurations to remember after one more came into force. The oldest are forgotten first, the new one never. */
export function rememberConfiguration(before: readonly Configuration[], latest: Configuration): readonly Configuration[] {
  const all = [...before, latest].slice(-MOST_REMEMBERED)
  let characters = 0
  const first = all.findLastIndex(({ spec }) => (characters += lengthOf(spec)) > MOST_CHARACTERS)
  return first === -1 ? all : all.slice(Math.min(first + 1, all.length - 1))
}

/** The version in force; 0: no entry is known to have made it. */
export function presentVersion({ history }: ClusterState): Index {
  return history?.at(-1)?.version ?? 0
}

/** Long configurations are put into words once. */
const lengths = new WeakMap<ClusterSpec, number>()

function lengthOf(spec: ClusterSpec): number {
  const known = lengths.get(spec) ?? JSON.stringify(spec).length
  lengths.set(spec, known)
  return known
}
