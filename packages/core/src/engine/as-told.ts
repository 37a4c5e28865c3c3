import type { GroupId, NodeId } from '../model/index.ts'
import type { NodeState } from '../placement/place-all.ts'
import type { EngineStatus } from './types.ts'

/**
 * What a status tells of a node beside whether it is heard and what it is fit for. Whoever asks the placement by a status, and not by
 * beats, goes by this: a forecast and a plan of one moment must not differ.
 */
export function asTold({ nodes, groups }: EngineStatus, node: NodeId): Pick<NodeState, 'leaving' | 'positions' | 'upMs'> {
  const { leaving = false, upMs } = nodes.find(({ id }) => id === node) ?? {}
  const positions = groups.flatMap(({ id, candidates }): readonly [GroupId, string][] => {
    const position = candidates.find((candidate) => candidate.node === node)?.position
    return position === undefined ? [] : [[id, position]]
  })
  return { leaving, positions: Object.fromEntries(positions), ...(upMs === undefined ? {} : { upMs }) }
}
