import type { StatusAnswer } from '@movip/core/client'

type Engine = StatusAnswer['engine']

/**
 * By group: the nodes that could take it over at this moment, in the order of the configuration: heard within `lostMs`, not leaving, fit for it,
 * and not its holder. Without a quorum nobody could.
 */
export function takersOf({ quorum, nodes, groups }: Engine, lostMs: number): Readonly<Record<string, readonly string[]>> {
  const present = new Set(
    nodes.flatMap(({ id, heardAgoMs, leaving }) => (heardAgoMs !== null && heardAgoMs <= lostMs && !leaving ? [id] : [])),
  )
  return Object.fromEntries(
    groups.map(({ id, holder, candidates }) => {
      const fit = candidates.filter(({ node, fitness }) => node !== holder && fitness.level === 'fit' && present.has(node))
      return [id, quorum ? fit.map(({ node }) => node) : []]
    }),
  )
}
