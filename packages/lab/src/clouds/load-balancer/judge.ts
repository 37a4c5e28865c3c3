import type { ProbeConfig } from './config.ts'

/** Judges one backend by its answers. It begins as unhealthy, as vendors do it. */
export class Judge {
  private readonly thresholds: Pick<ProbeConfig, 'healthyAfter' | 'unhealthyAfter'>
  private run = 0
  isHealthy: boolean

  constructor(thresholds: Pick<ProbeConfig, 'healthyAfter' | 'unhealthyAfter'>, isHealthy = false) {
    this.thresholds = thresholds
    this.isHealthy = isHealthy
  }

  /** True: with this answer the judgement has changed. */
  hear(good: boolean): boolean {
    this.run = good === this.isHealthy ? 0 : this.run + 1
    const { healthyAfter, unhealthyAfter } = this.thresholds
    if (this.run < (good ? healthyAfter : unhealthyAfter)) return false
    this.isHealthy = good
    this.run = 0
    return true
  }
}
