import type { ClusterSpec, Fitness, GroupId, NodeId } from '../model/index.ts'
import { canRun } from '../programs/runnable.ts'

export interface HookProgramsOptions {
  readonly node: NodeId
  /** The configuration that this node has applied last. */
  readonly present: () => ClusterSpec
  readonly onFitness: (group: GroupId, fitness: Fitness) => void
}

/** Looks again and again whether the programs of this node's hooks are there: the node that took the configuration knew only its own. */
export interface HookPrograms {
  look(): Promise<void>
  close(): void
}

const everyMs = 10_000

/**
 * A node that lacks one is chosen last for the group, and no more than that: a hook is told of what happens and has no say in it, so a group
 * is not to stand still for want of it.
 */
export function watchHookPrograms({ node, present, onFitness }: HookProgramsOptions): HookPrograms {
  /** Groups of which something was said that may have to be taken back. */
  const said = new Set<GroupId>()
  const look = async (): Promise<void> => {
    const missing = await missingPrograms(present(), node)
    for (const [group, programs] of missing) onFitness(group, { level: 'fit', reasons: programs.map(reasonFor) })
    for (const group of said) if (!missing.has(group)) onFitness(group, { level: 'fit', reasons: [] })
    said.clear()
    for (const group of missing.keys()) said.add(group)
  }
  const timer = setInterval(() => void look(), everyMs)
  timer.unref()
  return { look, close: () => clearInterval(timer) }
}

function reasonFor(program: string): string {
  return `the hook ${program} is not there, or not executable (put it there, and chmod +x ${program})`
}

async function missingPrograms({ groups }: ClusterSpec, node: NodeId): Promise<ReadonlyMap<GroupId, readonly string[]>> {
  const found = new Map<GroupId, readonly string[]>()
  for (const { id, hooks = [] } of groups.filter((group) => group.nodes.includes(node))) {
    const programs = [...new Set(hooks.flatMap(({ run }) => run.slice(0, 1)))]
    const there = await Promise.all(programs.map((program) => canRun(program)))
    const missing = programs.filter((_, index) => there[index] === false)
    if (missing.length > 0) found.set(id, missing)
  }
  return found
}
