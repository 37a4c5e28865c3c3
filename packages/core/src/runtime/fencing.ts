import type { NodeConfig } from '../config/types.ts'
import { createFencer } from '../fence/fencer.ts'
import { FencePart } from '../fence/part.ts'
import type { FenceView } from '../fence/part.ts'
import { serviceMsOf } from '../model/index.ts'
import type { GroupId, GroupSpec } from '../model/index.ts'
import type { Logger } from '../ports.ts'
import type { Driver } from './driver.ts'
import type { Stages } from './make-backend.ts'

export interface FencingOptions {
  readonly node: Pick<NodeConfig, 'node' | 'fence'>
  readonly logger: Logger
  readonly driver: () => Pick<Driver, 'clusterState' | 'engineStatus' | 'request'>
}

/** How long the coordinator may take to tell the cluster that a node was fenced. */
const clearMs = 15_000

/** Makes the first stage of groups that ask for a fence, all of them with one fencer. */
export function createFencing({ node, logger, driver }: FencingOptions): Stages['fence'] {
  const files = node.fence?.secrets ?? {}
  const state = (): ReturnType<Driver['clusterState']> => driver().clusterState()
  const groupOf = (group: GroupId): GroupSpec | undefined => state().spec.groups.find(({ id }) => id === group)
  const view: FenceView = {
    files,
    // What this node itself has not let go yet is stopped before it starts anything anew.
    suspectsOf(group) {
      if (state().suspects?.[group] === undefined) return []
      const known = driver()
        .engineStatus()
        .groups.find(({ id }) => id === group)
      return (known?.suspects ?? []).filter((suspect) => suspect.node !== node.node)
    },
    isSuspect: (group, { node: suspect, epoch }) =>
      (state().suspects?.[group] ?? []).some((known) => known.node === suspect && known.epoch === epoch),
    devicesOf: (suspect) => state().spec.nodes.find(({ id }) => id === suspect)?.fence ?? [],
    othersOf: (group) => (groupOf(group)?.nodes ?? []).filter((other) => other !== node.node),
    stopMsOf: (group) => serviceMsOf(groupOf(group) ?? { id: group, mode: 'active-standby', nodes: [], endpoints: [] }).stopMs,
  }
  const fencer = createFencer({
    self: node.node,
    files,
    logger,
    devicesOf: (suspect) => view.devicesOf(suspect),
    epochsOf: (suspect) =>
      Object.values(state().suspects ?? {}).flatMap((all) => all.filter((known) => known.node === suspect).map(({ epoch }) => epoch)),
    clear: (suspect, epochs, how) => driver().request({ type: 'clear', node: suspect, epochs, how }, clearMs),
  })
  return (context) => new FencePart(view, fencer, context)
}
