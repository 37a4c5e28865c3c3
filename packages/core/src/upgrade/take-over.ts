import type { UpgradeState } from '../api/types.ts'
import type { Adoption, Incarnation } from '../model/index.ts'
import type { Clock, Logger } from '../ports.ts'
import { adoptionOf, machineClock } from './hand-over.ts'
import type { HandOver } from './hand-over.ts'

/** How a life begins: with what another has handed over, or like any other. */
export interface TakeOver {
  /** Absent: there is nothing to go on with. */
  readonly adoption?: Adoption
  /** Something was sent: if it could leave, others hear of this node again. */
  onSent(couldLeave: () => boolean): void
  began(): UpgradeState['began']
}

export interface TakeOverOptions {
  /** null: this is a start like any other. */
  readonly handed: HandOver | null
  readonly folder: Incarnation
  readonly clock: Clock
  readonly logger: Logger
}

/** Goes on with what was handed over, where it counts for this life of the folder. */
export function takeOver({ handed, folder, clock, logger }: TakeOverOptions): TakeOver {
  const adoption = handed === null ? null : adoptionOf(handed, folder, clock)
  const adopted = adoption === null || typeof adoption === 'string' ? undefined : adoption
  const why = typeof adoption === 'string' ? adoption : null
  let pauseMs: number | null = null
  if (why !== null) logger.warn('not-taken-over', { why })
  return {
    ...(adopted === undefined ? {} : { adoption: adopted }),
    onSent(couldLeave) {
      if (pauseMs !== null || handed === null || !couldLeave()) return
      pauseMs = Math.max(handed.pauseMs, Math.round(machineClock() - handed.at))
      logger.info('taken-over', { from: handed.version, groups: adopted?.leases.map(({ group }) => group) ?? [], pauseMs })
    },
    began: () => ({
      from: handed?.version ?? null,
      adopted: adopted?.leases.map(({ group, epoch }) => ({ group, epoch })) ?? [],
      why,
      pauseMs,
    }),
  }
}
