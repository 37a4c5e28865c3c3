/** Starts a daemon again that ended by itself, as the system's service manager would, and remembers why it ended. */
import type { Daemon } from '../cluster/daemon.ts'
import { pollUntil } from '../wait.ts'

export interface Exit {
  readonly at: number
  readonly node: string
  readonly code: number | null
}

const RESTART_AFTER_MS = 1000
const START_MS = 15_000

export class Supervisor {
  readonly exits: Exit[] = []
  /** Told to be down for a while. */
  private readonly excused = new Set<Daemon>()
  private readonly restartAt = new Map<Daemon, number>()
  private readonly daemons: readonly Daemon[]

  constructor(daemons: readonly Daemon[]) {
    this.daemons = daemons
  }

  /** To be called often. */
  look(now: number): void {
    for (const daemon of this.daemons) {
      if (daemon.pid() !== null || this.excused.has(daemon)) {
        this.restartAt.delete(daemon)
        continue
      }
      const at = this.restartAt.get(daemon)
      if (at === undefined) {
        this.exits.push({ at: now, node: daemon.name, code: daemon.exitCode() })
        this.restartAt.set(daemon, now + RESTART_AFTER_MS)
      } else if (now >= at) {
        this.restartAt.delete(daemon)
        daemon.start()
      }
    }
  }

  /** Takes a daemon down on purpose; the returned function brings it back and waits until it answers, or has ended again. */
  async takeDown(daemon: Daemon, how: () => Promise<unknown>): Promise<() => Promise<void>> {
    this.excused.add(daemon)
    try {
      await how()
    } catch (error) {
      this.excused.delete(daemon)
      throw error
    }
    return async () => {
      daemon.start()
      this.excused.delete(daemon)
      await untilUp(daemon)
    }
  }
}

/** A daemon that is still not up then is a matter of the judgement after the storm. */
async function untilUp(daemon: Daemon): Promise<void> {
  const isUp = async (): Promise<boolean> => daemon.pid() === null || (await daemon.status()) !== null
  await pollUntil(isUp, `the daemon of ${daemon.name}`, { timeoutMs: START_MS, everyMs: 50 }).catch(() => {})
}
