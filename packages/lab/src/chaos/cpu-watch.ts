/** Counts how long daemons, and the machine below them, wait for a CPU. */
import type { Daemon } from '../cluster/daemon.ts'
import { childrenOf, packetThreads, threadsOf, waitedMs } from '../system/run-queue.ts'
import { stolenMs } from '../system/steal.ts'
import type { Waits } from './starvation.ts'

export class CpuWatch {
  private readonly daemons: readonly Pick<Daemon, 'name' | 'pid'>[]
  private readonly kernel = packetThreads()

  constructor(daemons: readonly Pick<Daemon, 'name' | 'pid'>[]) {
    this.daemons = daemons
  }

  look(now: number): Waits {
    const daemons = new Map<string, number>()
    for (const daemon of this.daemons) {
      const pid = daemon.pid()
      if (pid === null) continue
      // Of Node it is the event loop that everything waits for; a nats-server may do its work in any of its threads.
      count(daemons, `${daemon.name} movip`, pid, pid)
      for (const child of childrenOf(pid)) for (const thread of threadsOf(child)) count(daemons, `${daemon.name} child`, child, thread)
    }
    const machine = new Map(stolenMs())
    for (const [name, pid] of this.kernel) count(machine, name, pid, pid)
    return { at: now, daemons, machine }
  }
}

function count(waits: Map<string, number>, name: string, pid: number, thread: number): void {
  const waited = waitedMs(pid, thread)
  if (waited !== null) waits.set(`${name} (${thread})`, waited)
}
