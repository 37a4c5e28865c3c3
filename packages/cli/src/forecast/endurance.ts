import { forecast, nothing } from '@movip/core/forecast'
import type { Picture } from '@movip/core/forecast'
import { sitesOf } from './outage.ts'

/** What the loss of one node or of one whole site would cost. */
export interface Loss {
  readonly kind: 'node' | 'site'
  readonly name: string
  /** Decisions would still be possible. */
  readonly quorum: boolean
  /** Groups that are served now and would not be any more. */
  readonly unserved: readonly string[]
}

/** Which single failures the cluster can take at present. */
export function enduranceOf(picture: Picture): readonly Loss[] {
  const { spec } = picture
  const served = new Set(forecast(picture, nothing).groups.flatMap(({ group, to }) => (to === null ? [] : [group])))
  const lose = (kind: Loss['kind'], name: string, nodes: readonly string[]): Loss => {
    const after = forecast(picture, { nodes, links: [] }, affectedBy(picture, nodes))
    const unserved = after.quorum ? after.groups.filter(({ to }) => to === null).map(({ group }) => group) : spec.groups.map(({ id }) => id)
    return { kind, name, quorum: after.quorum, unserved: unserved.filter((group) => served.has(group)) }
  }
  const sites = sitesOf(spec.nodes).map((site) => ({ site, nodes: spec.nodes.filter((node) => node.site === site).map(({ id }) => id) }))
  return [
    ...spec.nodes.map(({ id }) => lose('node', id, [id])),
    ...sites.filter(({ nodes }) => sites.length > 1 && nodes.length > 1).map(({ site, nodes }) => lose('site', site, nodes)),
  ]
}

/** With a quorum, a group whose holder is left stays where it is: in a large cluster only the others need to be placed. */
function affectedBy({ spec, status }: Picture, nodes: readonly string[]): Picture['spec']['groups'] {
  const left = new Set(status.groups.filter(({ holder }) => holder !== null && !nodes.includes(holder)).map(({ id }) => id))
  return spec.groups.filter(({ id }) => !left.has(id))
}
