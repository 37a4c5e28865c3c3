import { BackendError } from '../backend.ts'
import type { Finding } from '../backend.ts'
import type { GroupId, Instant } from '../model/index.ts'
import type { Clock, Logger } from '../ports.ts'
import { judgeWatchdog, openDevice } from './device.ts'
import type { Device } from './device.ts'

export interface WatchdogOptions {
  readonly device: string
  /** After so long without a pet it resets the machine. */
  readonly timeoutMs: number
  /** For so long a group may be stuck here before the machine is left to it. */
  readonly stuckMs: number
  readonly clock: Clock
  readonly logger: Logger
  /** Groups that cannot be taken down at this moment. */
  readonly stuck: () => readonly GroupId[]
}

/** Leaves this machine to its kernel's watchdog when what it holds cannot be ended otherwise. Armed while something is held. */
export interface Watchdog {
  judge(): Promise<readonly Finding[]>
  /** Something of the group is about to come up. Throws `BackendError` when the device cannot be opened. */
  hold(group: GroupId): Promise<void>
  /** All of the group is down. */
  letGo(group: GroupId): Promise<void>
  /** What an earlier life left behind is down, which may have left the device armed. */
  rest(): Promise<void>
  /** The loop that decides about leases has come round. */
  turned(): void
  /** No more pets: what is held then is left to the device. */
  close(): void
}

/** So many pets would have to fail before it fires. */
const petsPerTimeout = 5

export function createWatchdog(options: WatchdogOptions): Watchdog {
  return new KernelWatchdog(options)
}

class KernelWatchdog implements Watchdog {
  private readonly options: WatchdogOptions
  private readonly held = new Set<GroupId>()
  private readonly stuckSince = new Map<GroupId, Instant>()
  private device: Device | null = null
  private turnedAt: Instant
  private isWithheld = false
  private cancel = (): void => undefined
  /** Opening and closing, one after the other. */
  private last: Promise<unknown> = Promise.resolve()

  constructor(options: WatchdogOptions) {
    this.options = options
    this.turnedAt = options.clock.now()
  }

  judge(): Promise<readonly Finding[]> {
    return judgeWatchdog(this.options.device, this.options.timeoutMs)
  }

  hold(group: GroupId): Promise<void> {
    this.held.add(group)
    return this.inTurn(async () => {
      if (this.device !== null) return
      try {
        this.device = await openDevice(this.options.device)
      } catch (cause) {
        const fix = `see who uses it: fuser -v ${this.options.device}`
        throw new BackendError('FAILED', `the watchdog cannot be armed: ${whyOf(cause)}`, fix, { cause })
      }
      this.options.logger.info('watchdog-armed', { device: this.options.device })
      this.petUnless(null)
      this.plan()
    })
  }

  letGo(group: GroupId): Promise<void> {
    this.held.delete(group)
    return this.inTurn(() => this.disarmUnlessHeld())
  }

  rest(): Promise<void> {
    return this.inTurn(async () => {
      if (this.device !== null) return
      try {
        const device = await openDevice(this.options.device)
        await device.disarm().catch((error: unknown) => device.abandon().then(() => Promise.reject(error)))
      } catch (error) {
        this.options.logger.warn('watchdog-not-disarmed', { why: whyOf(error) })
      }
    })
  }

  turned(): void {
    this.turnedAt = this.options.clock.now()
  }

  close(): void {
    this.stopPetting()
    void this.inTurn(async () => {
      await this.device?.abandon()
      this.device = null
    })
  }

  private stopPetting(): void {
    this.cancel()
    this.cancel = () => undefined
  }

  private async disarmUnlessHeld(): Promise<void> {
    const { device } = this
    if (device === null || this.held.size > 0) return
    this.stopPetting()
    try {
      await device.disarm()
    } catch (cause) {
      // It goes on counting: without pets it would reset a machine of which nothing is wrong but this.
      this.plan()
      const fix = 'movip goes on trying; should that not help, see what the kernel says of it: dmesg'
      throw new BackendError('FAILED', `the watchdog cannot be told to rest: ${whyOf(cause)}`, fix, { cause })
    }
    this.device = null
    this.options.logger.info('watchdog-disarmed', { device: this.options.device })
  }

  private inTurn(act: () => Promise<void>): Promise<void> {
    const done = this.last.then(act)
    this.last = done.catch(() => undefined)
    return done
  }

  private plan(): void {
    const { clock, timeoutMs } = this.options
    this.cancel = clock.at(clock.now() + timeoutMs / petsPerTimeout, () => {
      this.petUnless(this.reasonAgainst())
      this.plan()
    })
  }

  private petUnless(why: string | null): void {
    const { logger } = this.options
    if (why !== null && !this.isWithheld) logger.error('watchdog-left-alone', { why, resetWithinMs: this.options.timeoutMs })
    if (why === null && this.isWithheld) logger.warn('watchdog-petted-again')
    this.isWithheld = why !== null
    if (why === null) void this.device?.pet().catch((error: unknown) => logger.error('watchdog-not-petted', { error: String(error) }))
  }

  /** Why this machine is better reset; null: it is not. */
  private reasonAgainst(): string | null {
    const { clock, timeoutMs, stuckMs } = this.options
    const now = clock.now()
    const stuck = this.options.stuck()
    for (const group of this.stuckSince.keys()) if (!stuck.includes(group)) this.stuckSince.delete(group)
    for (const group of stuck) if (!this.stuckSince.has(group)) this.stuckSince.set(group, now)
    const tooLong = stuck.filter((group) => now - (this.stuckSince.get(group) ?? now) >= stuckMs)
    if (tooLong.length > 0) return `${tooLong.join(', ')} cannot be taken down`
    return now - this.turnedAt > timeoutMs / 2 ? 'the engine does not turn any more' : null
  }
}

function whyOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
