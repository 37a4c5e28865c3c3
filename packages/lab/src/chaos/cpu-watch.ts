/** Counts how long daemons, and the machine below them, waited for a CPU, and how long the daemons had one. */
import type { Daemon } from '../cluster/daemon.ts'
import { nowMs } from '../system/libc.ts'
import { childrenOf, packetThreads, threadsOf, timesOf } from '../system/run-queue.ts'
import { stolenMs } from '../system/steal.ts'
import type { Counters, CpuLook } from './starvation.ts'

export class CpuWatch {
  private readonly daemons: readonly Pick<Daemon, 'name' | 'pid'>[]
  private readonly kernel = packetThreads()

  constructor(daemons: readonly Pick<Daemon, 'name' | 'pid'>[]) {
    this.daemons = daemons
  }

  look(): CpuLook {
    const from = nowMs()
    const ran = new Map<string, number>()
    const daemons = new Map(this.daemons.map((daemon) => [daemon.name, waitsOf(daemon, ran)]))
    const machine = new Map(stolenMs())
    for (const [name, pid] of this.kernel) {
      const times = timesOf(pid)
      if (times !== null) machine.set(name, times.waitedMs)
    }
    return { from, to: nowMs(), daemons, machine, ran }
  }
}

/** Adds to `ran` how long each thread had a CPU. */
function waitsOf({ name, pid }: Pick<Daemon, 'name' | 'pid'>, ran: Map<string, number>): Counters {
  const waited = new Map<string, number>()
  const daemon = pid()
  if (daemon === null) return waited
  for (const process of [daemon, ...childrenOf(daemon)]) {
    for (const thread of threadsOf(process)) {
      const times = timesOf(process, thread)
      if (times === null) continue
      const title = `${name} ${process === daemon ? 'movip' : 'child'} (${thread})`
      ran.set(title, times.ranMs)
      // Of Node it is the event loop that everything waits for; a nats-server may do its work in any of its threads.
      if (process !== daemon || thread === daemon) waited.set(title, times.waitedMs)
    }
  }
  return waited
}
