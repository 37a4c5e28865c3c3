import { forecast, nothing } from '@movip/core/forecast'
import type { Link, Outage, Picture } from '@movip/core/forecast'
import { sitesOf } from './outage.ts'

/** One thing that fails while all others go on, and what becomes of the groups. */
export interface SingleFailure {
  readonly kind: 'node' | 'site' | 'link' | 'nats' | 'api'
  readonly name: string
  /** Decisions go on. */
  readonly quorum: boolean
  /** Groups that are served now and would not be any more. */
  readonly stops: readonly string[]
  /** What cannot be done until it is back, though all that is served goes on. */
  readonly meanwhile: readonly string[]
}

/** A server of messages, and which nodes have no other one. */
export interface NatsServer {
  readonly name: string
  readonly alone: readonly string[]
}

/** Something outside that moves of groups go through. */
export interface ApiNeed {
  readonly service: string
  readonly to: 'claim' | 'follow'
  readonly group: string
  /** Nodes that could not bring the group up without it; or where it would not follow to. */
  readonly nodes: readonly string[]
}

export interface Surroundings {
  readonly nats: readonly NatsServer[]
  readonly needs: readonly ApiNeed[]
}

/** More than so many links within a site are no longer told one by one. */
const LINKS_MAX = 200

/** Every single failure that the cluster may meet, and whether it lives through it. */
export function singleFailures(picture: Picture, { nats, needs }: Surroundings): readonly SingleFailure[] {
  const { spec } = picture
  const served = servedOf(picture, nothing)
  const lose = (kind: SingleFailure['kind'], name: string, outage: Outage): SingleFailure => {
    const after = servedOf(picture, outage)
    const stops = [...served.groups].filter((group) => !after.groups.has(group))
    return { kind, name, quorum: after.quorum, stops, meanwhile: [] }
  }
  const sites = sitesOf(spec.nodes).map((site) => ({ site, nodes: spec.nodes.filter((node) => node.site === site).map(({ id }) => id) }))
  const several = sites.length > 1 ? sites : []
  const within = sites.flatMap(({ nodes }) => pairs(nodes)).slice(0, LINKS_MAX)
  return [
    ...spec.nodes.map(({ id }) => lose('node', id, { nodes: [id], links: [] })),
    ...several.filter(({ nodes }) => nodes.length > 1).map(({ site, nodes }) => lose('site', site, { nodes, links: [] })),
    ...pairs(several).map(([a, b]) => lose('link', `${a.site}:${b.site}`, { nodes: [], links: across(a.nodes, b.nodes) })),
    ...within.map((link) => lose('link', link.join(':'), { nodes: [], links: [link] })),
    ...nats.map(({ name, alone }) => lose('nats', name, { nodes: alone, links: [] })),
    ...apisOf(needs),
  ]
}

/** What is held goes on without an API: only moves need it. */
function apisOf(needs: readonly ApiNeed[]): readonly SingleFailure[] {
  return [...Map.groupBy(needs, ({ service }) => service)].map(([name, all]) => ({
    kind: 'api',
    name,
    quorum: true,
    stops: [],
    meanwhile: all.map(({ to, group, nodes }) =>
      to === 'claim' ? `${group} cannot move to ${nodes.join(', ')}` : `a name of ${group} does not follow a move to another site`,
    ),
  }))
}

function servedOf(picture: Picture, outage: Outage): { readonly quorum: boolean; readonly groups: ReadonlySet<string> } {
  const { quorum, groups } = forecast(picture, outage)
  return { quorum, groups: new Set(groups.flatMap(({ group, to }) => (to === null ? [] : [group]))) }
}

function pairs<T>(all: readonly T[]): readonly (readonly [T, T])[] {
  return all.flatMap((a, index) => all.slice(index + 1).map((b) => [a, b] as const))
}

function across(some: readonly string[], others: readonly string[]): readonly Link[] {
  return some.flatMap((a) => others.map((b): Link => [a, b]))
}
