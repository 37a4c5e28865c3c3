/** Faults of a daemon and what belongs to it: killed, stopped, frozen, starved. */
import { startBurners } from '../faults/burners.ts'
import { LabError } from '../errors.ts'
import type { FaultKind } from './fault.ts'
import { atNode, HARMLESS, nothing } from './fault.ts'

/** The fault in which busy loops take the CPU. */
export const STARVE = 'starve'
const NATS = 'nats-server'
/** After a life has begun, what it found is swept for a while. */
const AFTER_START_MS = 4000

export const processFaults: readonly FaultKind[] = [
  atNode('process', {
    name: 'kill',
    what: 'the daemon and all its children are killed',
    weight: 4,
    lengthMs: [20, 12_000],
    restMs: AFTER_START_MS,
    inject: ({ supervisor }, { node }) => supervisor.takeDown(node, () => node.kill()),
  }),
  atNode('process', {
    name: 'stop',
    what: 'the daemon is told to stop',
    weight: 2,
    lengthMs: [20, 8000],
    restMs: AFTER_START_MS,
    inject: ({ supervisor }, { node }) => supervisor.takeDown(node, () => node.stop()),
  }),
  atNode('process', {
    name: 'freeze',
    what: 'the daemon and all its children are frozen',
    weight: 4,
    lengthMs: [20, 12_000],
    restMs: 2000,
    inject(_, { node }) {
      node.freeze()
      return Promise.resolve(() => node.thaw())
    },
  }),
  atNode('process', {
    name: 'nats-killed',
    what: 'the nats-server is killed',
    weight: 2,
    lengthMs: [0, 0],
    inject(_, { node }) {
      if (node.killChildren(NATS) === 0) throw noServer(node.name)
      return Promise.resolve(nothing)
    },
  }),
  atNode('process', {
    name: 'nats-frozen',
    what: 'the nats-server is frozen',
    weight: 2,
    lengthMs: [50, 12_000],
    inject(_, { node }) {
      if (node.freezeChildren(NATS) === 0) throw noServer(node.name)
      return Promise.resolve(() => node.thaw())
    },
  }),
  {
    name: STARVE,
    weight: 1,
    lengthMs: [1000, 12_000],
    takes: () => ['cpu'],
    // The daemons run under SCHED_RR: what is not as urgent must not disturb them.
    reach: () => HARMLESS,
    title: () => '8 busy loops take the CPU',
    inject: ({ lab }) => Promise.resolve(startBurners(lab.network, 8)),
  },
]

function noServer(node: string): LabError {
  return new LabError('CHILD_ENDED', `No nats-server runs below the daemon of ${node}.`, 'It is being started again.')
}
