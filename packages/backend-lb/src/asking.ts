import { BlockList, isIPv4, isIPv6 } from 'node:net'

/** How a balancer asks, and what it makes of the answers. */
export interface Probe {
  readonly everyMs: number
  /** So many good answers in a row bring traffic, so many bad ones take it away. */
  readonly rise: number
  readonly fall: number
  /** Whose questions are its own: addresses or ranges; null: whoever asks. */
  readonly from: readonly string[] | null
}

/** From one question to the next some time may pass more than the balancer says. */
const SPARE_MS = 300

/** The longest that it takes until a balancer believes good answers, ms. */
export function riseMs({ everyMs, rise }: Probe): number {
  return everyMs * rise + SPARE_MS
}

/** The same in words. */
export function riseText({ everyMs, rise }: Probe): string {
  const asks = `the load balancer asks every ${everyMs / 1000} s`
  return rise === 1 ? `${asks} and believes the first good answer` : `${asks} and believes ${rise} good answers in a row`
}

/** How long a claim waits for a balancer that should need so long: when it asks nobody for three times that, it asks here no more. */
export function patienceMs(takesMs: number): number {
  return 3 * takesMs
}

/** Without a question for so long, the balancer does not ask this node any more. */
export function silenceMs({ everyMs }: Probe): number {
  return 3 * everyMs + SPARE_MS
}

/** Whose questions count; also those of whom nothing is known, because they hung up as soon as they were answered: so balancers ask by TCP. */
export function askerFilter(ranges: readonly string[] | null): (from: string) => boolean {
  if (ranges === null) return () => true
  const list = new BlockList()
  for (const range of ranges) {
    const [ip = '', prefix] = range.split('/')
    const family = isIPv4(ip) ? 'ipv4' : 'ipv6'
    list.addSubnet(ip, prefix === undefined ? (family === 'ipv4' ? 32 : 128) : Number(prefix), family)
  }
  return (from) => {
    if (from === '') return true
    const plain = from.replace(/^::ffff:/i, '')
    return isIPv4(plain) ? list.check(plain, 'ipv4') : isIPv6(plain) && list.check(plain, 'ipv6')
  }
}

/** Counts good answers, for each asker by itself: a balancer may consist of several, of which each has to be convinced alone. */
export class GoodAnswers {
  private readonly counts = new Map<string, number>()

  /** How many this asker has had by now. */
  count(from: string): number {
    const count = (this.counts.get(from) ?? 0) + 1
    this.counts.set(from, count)
    return count
  }
}
