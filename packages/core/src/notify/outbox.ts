import type { Instant, NodeId, NotifyTarget } from '../model/index.ts'
import type { Clock, Logger } from '../ports.ts'
import { messageOf } from './message.ts'
import type { Deliver, Delivery, NotifyMessage } from './message.ts'
import type { Notice } from './notice.ts'

export interface OutboxOptions {
  readonly target: NotifyTarget
  readonly cluster: string
  readonly node: NodeId
  readonly clock: Clock
  readonly logger: Logger
  readonly deliver: Deliver
}

/** So many notices go in one message; of more the latest are told and the others counted. */
const noticesMax = 50
const minuteMs = 60_000
const pauseMsFirst = 1000
const pauseMsMax = 60_000
/** What cannot be delivered for so long is given up. */
const giveUpMs = 900_000

/**
 * What waits for one target: gathered for a moment, sent one message at a time and not too many of them, and tried again until it arrives.
 * It takes neither memory nor time without bounds, whatever the target does.
 */
export class Outbox {
  private readonly options: OutboxOptions
  private waiting: Notice[] = []
  private omitted = 0
  private lost = 0
  /** When the latest messages were sent first, as far as that still counts. */
  private sentAt: Instant[] = []
  private isClosing = false
  private readonly closing = new AbortController()
  private wakeUp = (): void => undefined
  private running: Promise<void> | null = null

  constructor(options: OutboxOptions) {
    this.options = options
  }

  add(notice: Notice): void {
    if (this.isClosing) return
    this.waiting.push(notice)
    if (this.waiting.length > noticesMax) {
      this.waiting.shift()
      this.omitted += 1
    }
    this.running ??= this.run()
  }

  /** Sends what waits at once, for so long at most. */
  async close(withinMs: number): Promise<void> {
    this.isClosing = true
    this.wakeUp()
    const timer = setTimeout(() => this.closing.abort(), withinMs)
    await this.running
    clearTimeout(timer)
  }

  /** One attempt, whatever waits. */
  async attempt(message: NotifyMessage): Promise<Delivery> {
    const { deliver, target } = this.options
    let timeout: AbortSignal | null = null
    try {
      timeout = AbortSignal.timeout(target.timeoutMs)
      return await deliver(message, AbortSignal.any([timeout, this.closing.signal]))
    } catch (error) {
      const why =
        timeout?.aborted === true ? `no answer within ${target.timeoutMs} ms` : error instanceof Error ? error.message : String(error)
      return { ok: false, why, isFinal: false }
    }
  }

  /** Never rejects. */
  private async run(): Promise<void> {
    const { clock, target } = this.options
    while (this.waiting.length > 0) {
      await this.sleepUntil(clock.now() + target.burstMs)
      await this.sleepUntil(this.nextAllowed())
      await this.send(this.take())
    }
    this.running = null
  }

  private nextAllowed(): Instant {
    const { clock, target } = this.options
    this.sentAt = this.sentAt.filter((at) => clock.now() - at < minuteMs)
    const [oldest] = this.sentAt.slice(-target.perMinute)
    return oldest === undefined || this.sentAt.length < target.perMinute ? -Infinity : oldest + minuteMs
  }

  private take(): NotifyMessage {
    const { target, cluster, node } = this.options
    const message = messageOf({ target: target.id, cluster, node, notices: this.waiting, omitted: this.omitted, lost: this.lost })
    this.waiting = []
    this.omitted = 0
    this.lost = 0
    return message
  }

  private async send(message: NotifyMessage): Promise<void> {
    const { clock, logger, target } = this.options
    const about = { to: target.id, id: message.id, notices: message.notices.length + message.omitted }
    this.sentAt.push(clock.now())
    const giveUpAt = clock.now() + giveUpMs
    for (let pauseMs = pauseMsFirst; ; pauseMs = Math.min(2 * pauseMs, pauseMsMax)) {
      const delivery = await this.attempt(message)
      if (delivery.ok) return logger.info('notified', { ...about, said: delivery.said })
      const nextAt = clock.now() + pauseMs
      if (delivery.isFinal || this.isClosing || nextAt > giveUpAt) {
        this.lost = message.lost + about.notices
        return logger.error('notify-failed', { ...about, why: delivery.why })
      }
      if (pauseMs === pauseMsFirst) logger.warn('notify-delayed', { ...about, why: delivery.why })
      await this.sleepUntil(nextAt)
    }
  }

  /** A daemon that ends waits no more. */
  private sleepUntil(at: Instant): Promise<void> {
    const { clock } = this.options
    if (this.isClosing || at <= clock.now()) return Promise.resolve()
    return new Promise((resolve) => {
      const cancel = clock.at(at, resolve)
      this.wakeUp = () => {
        cancel()
        resolve()
      }
    })
  }
}
