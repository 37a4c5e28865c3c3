import { isDeepStrictEqual } from 'node:util'
import type { ClusterSpec, Member } from '../model/index.ts'

/** What a change would do that a person should have made ready, or may not have meant; nothing of it is refused. */
export function warningsOf(before: ClusterSpec, after: ClusterSpec): readonly string[] {
  return after.nodes.flatMap((node) => {
    const known = before.nodes.find(({ id }) => id === node.id)
    if (known === undefined || isDeepStrictEqual(placesOf(known), placesOf(node))) return []
    return [
      `the others will look for ${node.id} at ${placesOf(node).join(' and ')}: a node that does not listen there, or is not reached, is lost to them`,
    ]
  })
}

/** Where a node is reached, in each plane. */
function placesOf({ address, addresses }: Member): readonly string[] {
  if (addresses === undefined) return [address]
  return Object.entries(addresses).map(([plane, place]) => `${place} (plane ${plane})`)
}
