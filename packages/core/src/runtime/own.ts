import type { NodeConfig } from '../config/types.ts'
import type { Clock, Isolation, Storage, Transport } from '../ports.ts'
import type { TakeOver } from '../upgrade/take-over.ts'
import { isSupervised } from './drills.ts'
import type { DriverOptions } from './driver.ts'
import { bringToLife } from './life.ts'

interface OwnOptions {
  readonly node: NodeConfig
  readonly storage: Storage
  readonly transport: Pick<Transport, 'status'>
  readonly clock: Clock
  readonly taken: TakeOver
}

type Own = Pick<DriverOptions, 'engine' | 'runner' | 'storage' | 'generation' | 'transport'>

/** What this life decides and steers with, and by what it is heard. */
export function ownOf({ node, storage, transport, clock, taken }: OwnOptions, isolation: Isolation): Own {
  const drills = { permitted: node.drills, supervised: isSupervised() }
  return {
    ...bringToLife(node.node, storage, { now: clock.now(), drills, adopted: taken.adoption }),
    storage,
    generation: storage.incarnation.generation,
    transport: {
      send: (to, message) => {
        isolation.send(to, message)
        taken.onSent(() => transport.status().connected)
      },
    },
  }
}
