/** Faults of a node's disk. What has no disk under it that can do this, on this machine, is left out and said so. */
import type { FaultKind } from './fault.ts'
import { atNode, HARMLESS } from './fault.ts'

const LENGTH_MS = [100, 12_000] as const
/** No client may notice a disk: promises live in memory, and writing never blocks. */
const reach = (): typeof HARMLESS => HARMLESS

/** On any disk of a fixed size. */
export const smallDiskFaults: readonly FaultKind[] = [
  atNode('disk', {
    name: 'disk-full',
    what: 'its disk is full',
    weight: 2,
    lengthMs: LENGTH_MS,
    reach,
    async inject(_, { node }) {
      await node.disk.fill()
      return () => node.disk.unfill()
    },
  }),
]

/** On a file system of its own only. */
export const realDiskFaults: readonly FaultKind[] = [
  atNode('disk', {
    name: 'disk-hang',
    what: 'its disk hangs',
    weight: 3,
    lengthMs: LENGTH_MS,
    reach,
    async inject(_, { node }) {
      await node.disk.hang()
      return () => node.disk.unhang()
    },
  }),
  {
    name: 'disk-read-only',
    weight: 1,
    lengthMs: [1000, 10_000],
    // To repair it the daemon is taken down.
    takes: ({ node }) => [`disk ${node.name}`, `process ${node.name}`],
    restMs: 4000,
    reach: ({ node }) => ({ ...HARMLESS, nodes: [node.name] }),
    title: ({ node }) => `${node.name}: its disk becomes read-only, and is repaired while the daemon is down`,
    async inject({ supervisor }, { node }) {
      await node.disk.breakDown()
      return async () => {
        const bringUp = await supervisor.takeDown(node, () => (node.pid() === null ? Promise.resolve() : node.kill()))
        await node.disk.repair()
        await bringUp()
      }
    },
  },
]
