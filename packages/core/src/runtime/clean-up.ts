import type { ClusterSpec, NodeId } from '../model/index.ts'
import type { Logger, Storage } from '../ports.ts'
import { earlierSpecs } from './bootstrap.ts'
import type { Driver } from './driver.ts'
import type { FitnessBoard } from './fitness-board.ts'
import type { StageKeeper } from './stages.ts'
import { partsOf } from '../service/leftovers.ts'
import type { PlacedPart, StartedRecord } from '../service/started-record.ts'
import { sweepLeftovers } from './sweep.ts'

export interface CleanUpOptions {
  readonly node: NodeId
  readonly spec: ClusterSpec
  readonly storage: Pick<Storage, 'stored'>
  readonly record: StartedRecord
  readonly logger: Logger
  readonly driver: Pick<Driver, 'tell' | 'ended'>
  readonly board: FitnessBoard
  readonly stages: Pick<StageKeeper, 'rest'>
  /** From here on endpoints may be made. */
  readonly allowEndpoints: () => void
}

/** What an earlier life left behind goes before anything new is claimed: a sweep cannot tell the two apart. */
export function cleanUp(options: CleanUpOptions): void {
  const { node, spec, storage, record, logger, driver, board, stages, allowEndpoints } = options
  const sayOfSweep = board.from('sweep')
  const swept = sweepLeftovers({
    node,
    spec,
    earlier: earlierSpecs(storage.stored),
    services: mayRun(options),
    logger,
    ended: driver.ended,
    onTrouble: (reason) => {
      for (const { id } of spec.groups) sayOfSweep(id, { level: 'unfit', reasons: [reason] })
    },
  })
  void swept.then(async (done) => {
    if (!done) return
    record.clear()
    await stages.rest()
    for (const { id } of spec.groups) sayOfSweep(id, { level: 'fit', reasons: [] })
    driver.tell({ type: 'swept' })
    allowEndpoints()
  })
}

/**
 * What of services may run here: what earlier lives have started, and what the start of the machine may have. Other services that a configuration
 * once named are whose they are now; only where nobody can tell what was started are they looked for, too.
 */
function mayRun({ node, spec, storage, record }: CleanUpOptions): readonly PlacedPart[] {
  const specs = record.isWhole ? [spec] : [spec, ...earlierSpecs(storage.stored).toReversed()]
  return [...record.left, ...specs.flatMap((known) => partsOf(known, node))]
}
