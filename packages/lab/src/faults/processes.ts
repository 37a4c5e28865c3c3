/** Faults of processes: a whole tree frozen, thawed or killed, or one child of it by name. */
import { readdirSync, readFileSync } from 'node:fs'

interface Process {
  readonly pid: number
  readonly parent: number
  readonly name: string
}

function allProcesses(): readonly Process[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return pids.flatMap((pid) => {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
      const end = stat.lastIndexOf(')')
      const [state, parent] = stat.slice(end + 2).split(' ')
      return state === 'Z' ? [] : [{ pid: Number(pid), parent: Number(parent), name: stat.slice(stat.indexOf('(') + 1, end) }]
    } catch {
      return []
    }
  })
}

/** The process and all below it, parents before children. Empty when it is gone. */
export function processTree(root: number): readonly Process[] {
  const all = allProcesses()
  const tree = all.filter(({ pid }) => pid === root)
  for (const process of tree) tree.push(...all.filter(({ parent }) => parent === process.pid))
  return tree
}

/** Stops the tree, parents first, and looks again until no new child has appeared. Returns whom it stopped. */
export function freezeTree(root: number): readonly number[] {
  const frozen = new Set<number>()
  for (;;) {
    const fresh = processTree(root).filter(({ pid }) => !frozen.has(pid))
    if (fresh.length === 0) return [...frozen]
    for (const { pid } of fresh) {
      signal(pid, 'SIGSTOP')
      frozen.add(pid)
    }
  }
}

/** Continues what `freezeTree` stopped, children first, as if the whole machine went on. */
export function thawTree(frozen: readonly number[]): void {
  for (const pid of frozen.toReversed()) signal(pid, 'SIGCONT')
}

/** kill -9 of the whole tree, of which nobody gets to act on another's death. */
export function killTree(root: number): void {
  for (const pid of freezeTree(root)) signal(pid, 'SIGKILL')
}

/** kill -9 of the processes of that name below `root`. Returns how many there were. */
export function killChild(root: number, name: string): number {
  const children = childrenOf(root, name)
  for (const pid of children) signal(pid, 'SIGKILL')
  return children.length
}

/** Stops the processes of that name below `root` and returns them; `thawTree` continues them. */
export function freezeChildren(root: number, name: string): readonly number[] {
  const children = childrenOf(root, name)
  for (const pid of children) signal(pid, 'SIGSTOP')
  return children
}

function childrenOf(root: number, name: string): readonly number[] {
  return processTree(root)
    .filter((process) => process.pid !== root && process.name === name)
    .map(({ pid }) => pid)
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    // It ended in the meantime, which is no failure of ours.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
