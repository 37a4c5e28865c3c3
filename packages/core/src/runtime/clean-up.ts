import type { ClusterSpec, NodeId } from '../model/index.ts'
import type { Logger, Storage } from '../ports.ts'
import { earlierSpecs } from './bootstrap.ts'
import type { Driver } from './driver.ts'
import type { FitnessBoard } from './fitness-board.ts'
import type { StageKeeper } from './stages.ts'
import { sweepLeftovers } from './sweep.ts'

export interface CleanUpOptions {
  readonly node: NodeId
  readonly spec: ClusterSpec
  readonly storage: Pick<Storage, 'stored'>
  readonly logger: Logger
  readonly driver: Pick<Driver, 'tell' | 'ended'>
  readonly board: FitnessBoard
  readonly stages: Pick<StageKeeper, 'rest'>
  /** From here on endpoints may be made. */
  readonly allowEndpoints: () => void
}

/** What an earlier life left behind goes before anything new is claimed: a sweep cannot tell the two apart. */
export function cleanUp({ node, spec, storage, logger, driver, board, stages, allowEndpoints }: CleanUpOptions): void {
  const sayOfSweep = board.from('sweep')
  const swept = sweepLeftovers({
    node,
    spec,
    earlier: earlierSpecs(storage.stored),
    logger,
    ended: driver.ended,
    onTrouble: (reason) => {
      for (const { id } of spec.groups) sayOfSweep(id, { level: 'unfit', reasons: [reason] })
    },
  })
  void swept.then(async (done) => {
    if (!done) return
    await stages.rest()
    for (const { id } of spec.groups) sayOfSweep(id, { level: 'fit', reasons: [] })
    driver.tell({ type: 'swept' })
    allowEndpoints()
  })
}
