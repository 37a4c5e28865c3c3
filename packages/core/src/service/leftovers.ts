import { BackendError } from '../backend.ts'
import type { BackendContext, Clock } from '../backend.ts'
import type { ClusterSpec, NodeId } from '../model/index.ts'
import { lookMs } from './control.ts'
import { makePart } from './kinds.ts'
import { keyOfPart } from './started-record.ts'
import type { PlacedPart } from './started-record.ts'

/** A part that is only stopped asks for no timer and tells nobody. */
const idleClock: Clock = { now: () => performance.now(), at: () => () => undefined }

/** The services that a configuration has this node run. */
export function partsOf(spec: ClusterSpec, node: NodeId): readonly PlacedPart[] {
  const mine = spec.groups.filter((group) => group.nodes.includes(node))
  return mine.flatMap(({ id, service = [] }) => service.map((part, order) => ({ group: id, order, part })))
}

/**
 * Stops what an earlier life of the daemon, or the start of the machine, left running: a service runs only where its group is. `parts`: all that
 * may run, what was started for certain first. Names what it stopped. Throws `BackendError` while something cannot be stopped, or nobody can
 * tell whether it was.
 */
export async function stopServices(parts: readonly PlacedPart[], where: Where): Promise<readonly string[]> {
  const distinct = new Map(parts.map((part) => [keyOfPart(part), part]))
  const groups = Map.groupBy(distinct.values(), ({ group }) => group)
  // All have ended before one of them counts as failed: the next try must not meet stops of this one.
  const ends = await Promise.allSettled([...groups.values()].map((placed) => stopGroup(placed, where)))
  const failure = ends.find((end) => end.status === 'rejected')
  if (failure !== undefined) throw failure.reason
  return ends.flatMap((end) => (end.status === 'fulfilled' ? end.value : []))
}

type Where = Pick<BackendContext, 'cluster' | 'node' | 'logger'>

/** One after the other, in the reverse order: what two versions of a group have in common must not be stopped twice at a time. */
async function stopGroup(parts: readonly PlacedPart[], where: Where): Promise<readonly string[]> {
  const stopped: string[] = []
  for (const placed of parts.toSorted((a, b) => b.order - a.order)) {
    try {
      if (await stopPart(placed, where)) stopped.push(`${placed.group}/${placed.part.id}`)
    } catch (error) {
      if (!(error instanceof BackendError)) throw error
      throw new BackendError(error.code, `${placed.group}/${error.message}`, error.fix)
    }
  }
  return [...new Set(stopped)]
}

async function stopPart({ group, order, part: spec }: PlacedPart, where: Where): Promise<boolean> {
  const context = { ...where, group, endpoint: spec.id, interfaces: {}, clock: idleClock, leaseMs: 0 }
  const part = makePart(spec, order, { ...context, changed: () => undefined, fitness: () => undefined, incident: () => undefined })
  if (!(await part.isInstalled())) return false
  const standing = await part.observe(AbortSignal.timeout(lookMs))
  if (standing.state === 'nowhere') return false
  // Also where nobody can tell whether it runs: what hangs is stopped, and the stop tells how it ended.
  await part.release(0, AbortSignal.timeout(2 * spec.stopMs + lookMs))
  return true
}
