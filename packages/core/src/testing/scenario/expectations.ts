import type { NodeId } from '../../model/index.ts'
import type { EngineStatus } from '../../engine/types.ts'
import type { SimCluster } from '../sim/cluster.ts'

/**
 * A statement about the world, in words; throws if it is not so.
 * `serving g b` / `serving g nobody`, `coordinator a`, `coordinator nobody`, `term a 3`, `commit a 7`, `holder a g b`, `voters a b c`, `down a`.
 */
export function expectation(cluster: SimCluster, args: readonly string[]): string {
  const [what = '', first = '', second = '', third = ''] = args
  const found = observed(cluster, what, first, second)
  const wanted = what === 'coordinator' ? first : what === 'holder' ? third : what === 'voters' ? args.slice(1).join('') : second
  if (found !== wanted) throw new Error(`expected ${args.join(' ')}, found ${found}`)
  return 'ok'
}

function observed(cluster: SimCluster, what: string, first: string, second: string): string {
  switch (what) {
    case 'serving':
      return (
        cluster.machines
          .filter((machine) => machine.isUp(first))
          .map((machine) => machine.id)
          .join(' ') || 'nobody'
      )
    case 'coordinator':
      return (
        cluster.machines
          .filter((machine) => statusOf(cluster, machine.id)?.role === 'coordinator')
          .map((machine) => machine.id)
          .join(' ') || 'nobody'
      )
    case 'term':
      return String(statusOf(cluster, first)?.term)
    case 'commit':
      return String(statusOf(cluster, first)?.commit)
    case 'last':
      return String(statusOf(cluster, first)?.lastIndex)
    case 'role':
      return statusOf(cluster, first)?.role ?? 'down'
    case 'holder':
      return statusOf(cluster, first)?.groups.find((group) => group.id === second)?.holder ?? 'nobody'
    case 'voters':
      return cluster.machines.map((machine) => statusOf(cluster, machine.id)?.voters.join('')).find((voters) => voters !== undefined) ?? ''
    default:
      throw new Error(`nothing can be said about ${what}`)
  }
}

function statusOf(cluster: SimCluster, node: NodeId): EngineStatus | undefined {
  const machine = cluster.machine(node)
  return machine.process?.engine.status(machine.clock.local(cluster.queue.now))
}
