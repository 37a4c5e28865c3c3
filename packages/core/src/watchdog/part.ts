import type { Backend, Capabilities, Finding, GroupId, Observation } from '../backend.ts'
import type { Watchdog } from './watchdog.ts'

/** Comes up before everything else of a group, and goes down after it. */
const capabilities: Capabilities = { exclusive: false, kernelFenced: false, settleMs: 0, service: { order: -2, startMs: 1000, stopMs: 0 } }

/** The stage of a group that arms the machine's watchdog: nothing comes up before it is, and it rests only when all is down. */
export class WatchdogPart implements Backend {
  readonly capabilities = capabilities
  private readonly group: GroupId
  private readonly watchdog: Watchdog
  private isClaimed = false

  constructor(group: GroupId, watchdog: Watchdog) {
    this.group = group
    this.watchdog = watchdog
  }

  preflight(): Promise<readonly Finding[]> {
    return this.watchdog.judge()
  }

  observe(): Promise<Observation> {
    return Promise.resolve({ state: this.isClaimed ? 'here' : 'nowhere' })
  }

  async claim(): Promise<void> {
    this.isClaimed = true
    await this.watchdog.hold(this.group)
  }

  async release(): Promise<void> {
    await this.watchdog.letGo(this.group)
    this.isClaimed = false
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}
