import type { NodeConfig } from '../config/types.ts'
import type { Clock, Logger } from '../ports.ts'
import { WatchdogPart } from '../watchdog/part.ts'
import { createWatchdog } from '../watchdog/watchdog.ts'
import type { Driver } from './driver.ts'
import { createFencing } from './fencing.ts'
import type { Stages } from './make-backend.ts'

export interface StagesOptions {
  readonly node: NodeConfig
  readonly clock: Clock
  readonly logger: Logger
  readonly driver: () => Driver
}

/** The stages that come before the services of groups, and what keeps them going. */
export interface StageKeeper extends Stages {
  /** The driver has taken up all there was. */
  turned(): void
  /** What an earlier life left behind is down. */
  rest(): Promise<void>
  close(): void
}

/** A fence for groups that ask for it, and the machine's watchdog where `node.yaml` names one. */
export function createStages({ node, clock, logger, driver }: StagesOptions): StageKeeper {
  const fence = createFencing({ node, logger, driver })
  if (node.watchdog === undefined) return { fence, turned: () => undefined, rest: () => Promise.resolve(), close: () => undefined }
  const watchdog = createWatchdog({
    ...node.watchdog,
    clock,
    logger,
    stuck: () =>
      driver()
        .runnerStatus()
        .flatMap(({ group, state }) => (state === 'stuck' ? [group] : [])),
  })
  return {
    fence,
    watchdog: ({ group }) => new WatchdogPart(group, watchdog),
    turned: () => watchdog.turned(),
    rest: () => watchdog.rest(),
    close: () => watchdog.close(),
  }
}
