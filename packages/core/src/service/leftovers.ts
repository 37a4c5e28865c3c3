import { BackendError } from '../backend.ts'
import type { BackendContext, Clock } from '../backend.ts'
import type { ClusterSpec, GroupSpec, NodeId } from '../model/index.ts'
import type { Logger } from '../ports.ts'
import { lookMs } from './control.ts'
import { makePart } from './kinds.ts'

/** A part that is only stopped asks for no timer and tells nobody. */
const idleClock: Clock = { now: () => performance.now(), at: () => () => undefined }

/**
 * Stops what an earlier life of the daemon, or the start of the machine, left running of this node's groups: a service runs only where its
 * group is. `specs`: every configuration that an earlier life may have known, the present one last. Names what it stopped. Throws
 * `BackendError` while something cannot be stopped, or nobody can tell whether it was.
 */
export async function stopServices(specs: readonly ClusterSpec[], node: NodeId, logger: Logger): Promise<readonly string[]> {
  const where = { cluster: specs.at(-1)?.name ?? '', node, logger }
  const groups = Map.groupBy(
    specs.flatMap((spec) => spec.groups.filter((group) => group.nodes.includes(node) && group.service !== undefined)),
    ({ id }) => id,
  )
  // All have ended before one of them counts as failed: the next try must not meet stops of this one.
  const ends = await Promise.allSettled([...groups.values()].map((versions) => stopVersions(versions, where)))
  const failure = ends.find((end) => end.status === 'rejected')
  if (failure !== undefined) throw failure.reason
  return ends.flatMap((end) => (end.status === 'fulfilled' ? end.value : []))
}

/** One after the other: what two versions of a group have in common must not be stopped twice at a time. */
async function stopVersions(versions: readonly GroupSpec[], where: Where): Promise<readonly string[]> {
  const distinct = new Map(versions.toReversed().map((group) => [JSON.stringify(group.service), group]))
  const stopped: string[] = []
  for (const group of distinct.values()) {
    try {
      stopped.push(...(await stopService(group, where)))
    } catch (error) {
      if (!(error instanceof BackendError)) throw error
      throw new BackendError(error.code, `${group.id}/${error.message}`, error.fix)
    }
  }
  return [...new Set(stopped)]
}

type Where = Pick<BackendContext, 'cluster' | 'node' | 'logger'>

async function stopService(group: GroupSpec, where: Where): Promise<readonly string[]> {
  const stopped: string[] = []
  for (const [order, spec] of [...(group.service ?? []).entries()].toReversed()) {
    const context = { ...where, group: group.id, endpoint: spec.id, interfaces: {}, clock: idleClock, leaseMs: 0 }
    const part = makePart(spec, order, { ...context, changed: () => undefined, fitness: () => undefined })
    if (!(await part.isInstalled())) continue
    const standing = await part.observe(AbortSignal.timeout(lookMs))
    if (standing.state === 'nowhere') continue
    // Also where nobody can tell whether it runs: what hangs is stopped, and the stop tells how it ended.
    await part.release(0, AbortSignal.timeout(2 * spec.stopMs + lookMs))
    stopped.push(`${group.id}/${spec.id}`)
  }
  return stopped
}
