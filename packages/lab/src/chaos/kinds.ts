/** All kinds of faults that can be made here, and what cannot. */
import type { Arena } from './arena.ts'
import { realDiskFaults, smallDiskFaults } from './disk-faults.ts'
import type { FaultKind } from './fault.ts'
import { kernelFaults, wallClockFault } from './kernel-faults.ts'
import { networkFaults } from './network-faults.ts'
import { configure, switchover } from './operator-faults.ts'
import { processFaults } from './process-faults.ts'

export function kindsFor(arena: Arena): { readonly kinds: readonly FaultKind[]; readonly left: readonly string[] } {
  const hasRealDisk = arena.disk === 'ext4'
  const kinds = [
    ...processFaults,
    ...networkFaults,
    ...smallDiskFaults,
    ...(hasRealDisk ? realDiskFaults : []),
    ...kernelFaults,
    ...(arena.wallClock === null ? [] : [wallClockFault(arena.wallClock)]),
    switchover,
    configure(arena),
  ]
  const left = [
    ...(hasRealDisk ? [] : [`${realDiskFaults.map(({ name }) => name).join(', ')} (no ext4 image may be mounted here)`]),
    ...(arena.wallClock === null ? ['wall-clock (libfaketime is not installed)'] : []),
  ]
  return { kinds, left }
}
