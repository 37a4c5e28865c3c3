import type { Link, Outage, Picture } from '@movip/core/forecast'
import { CommandError, exitCodes } from '../failure.ts'

type ClusterSpec = Picture['spec']

/**
 * What `--fail` names: a node, a site, or a link as two of these with a colon between them. Everything is imagined to fail at once.
 */
export function outageOf(words: readonly string[], spec: ClusterSpec): Outage {
  const parts = words.map((word) => partOf(word, spec))
  return { nodes: [...new Set(parts.flatMap(({ nodes }) => nodes))], links: parts.flatMap(({ links }) => links) }
}

function partOf(word: string, spec: ClusterSpec): Outage {
  const ends = word.split(':')
  if (ends.length > 2) throw wrong(`--fail ${word} names more than two ends of a link`, 'write a link as paris-1:paris-2 or paris:ireland')
  const [one = [], other] = ends.map((name) => idsOf(name, spec))
  if (other === undefined) return { nodes: one, links: [] }
  const links = one.flatMap((a) => other.flatMap((b): Link[] => (a === b ? [] : [[a, b]])))
  if (links.length === 0) throw wrong(`--fail ${word} is no link: both ends are the same node`, 'name two nodes, or two sites')
  return { nodes: [], links }
}

/** A node by its name, or all nodes of a site. */
function idsOf(name: string, { nodes }: ClusterSpec): readonly string[] {
  const isNode = nodes.some(({ id }) => id === name)
  const atSite = nodes.filter(({ site }) => site === name).map(({ id }) => id)
  if (isNode && atSite.length > 0 && !(atSite.length === 1 && atSite[0] === name))
    throw wrong(`${name} is a node and a site`, `name the nodes of the site instead: ${atSite.map((id) => `--fail ${id}`).join(' ')}`)
  if (isNode) return [name]
  if (atSite.length > 0) return atSite
  throw wrong(
    `the cluster has no node and no site ${name}`,
    `write one of ${nodes.map(({ id }) => id).join(', ')}, or a site: ${sitesOf(nodes).join(', ')}`,
  )
}

/** All sites, in the order of their first nodes. */
export function sitesOf(nodes: ClusterSpec['nodes']): readonly string[] {
  return [...new Set(nodes.map(({ site }) => site))]
}

function wrong(message: string, fix: string): CommandError {
  return new CommandError({ exitCode: exitCodes.usage, code: 'USAGE', message, fix })
}
