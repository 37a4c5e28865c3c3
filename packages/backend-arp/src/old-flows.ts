import { setImmediate as turn } from 'node:timers/promises'
import type { Logger } from '@movip/core/backend'
import { kernelRefusal } from './driver.ts'
import type { KernelDriver } from './driver.ts'
import type { Vip } from './ip.ts'
import type { NetlinkSocket } from './netlink-socket.ts'
import { closeFlow, familiesOf, flowsOf, listFlows } from './sock-diag.ts'

const EOPNOTSUPP = 95
/** Whoever has the address gives up so much time for them before it falls silent, and so much at a time afterwards. */
const BEFORE_MS = 50
const SLICE_MS = 20
const AFTER_MS = 5000

/** Closes connections to the address within the time, and tells how many it were. null: this kernel does not. */
export function closeFlows(socket: NetlinkSocket, vip: Vip, withinMs: number): number | null {
  const until = performance.now() + withinMs
  let closed = 0
  for (const family of familiesOf(vip)) {
    const listed = socket.demand((sequence) => listFlows(sequence, vip, family), `list the connections to ${vip.text}`)
    for (const flow of flowsOf(listed)) {
      if (performance.now() >= until) return closed
      const { errno } = socket.ask((sequence) => closeFlow(sequence, flow), `close a connection to ${vip.text}`)
      if (errno === EOPNOTSUPP) return null
      // What has ended meanwhile needs no closing; what may not be closed will not be closed either the next time.
      if (errno === 0) closed += 1
      else if (errno === 1) throw kernelRefusal(`close the connections to ${vip.text}`, errno)
    }
  }
  return closed
}

/** Connections to an address that goes: their clients are told at once, and do not wait for an answer that nobody will give. */
export class OldFlows {
  readonly #driver: KernelDriver
  readonly #vip: Vip
  readonly #logger: Logger

  constructor(driver: KernelDriver, vip: Vip, logger: Logger) {
    this.#driver = driver
    this.#vip = vip
    this.#logger = logger
  }

  /** While the gate is open, which lets out what tells the clients. Never holds up the silence for longer than it may. */
  async tell(): Promise<void> {
    const limit = new AbortController()
    const over = new Promise<null>((resolve) => {
      const timer = setTimeout(() => resolve(null), BEFORE_MS * 2)
      limit.signal.addEventListener('abort', () => clearTimeout(timer), { once: true })
    })
    await Promise.race([this.#close(BEFORE_MS), over])
    limit.abort()
  }

  /** What came in between, and what was too much; nobody hears of it any more but from the next holder. */
  async end(): Promise<void> {
    const until = performance.now() + AFTER_MS
    while (performance.now() < until && ((await this.#close(SLICE_MS)) ?? 0) > 0) await turn()
  }

  async #close(withinMs: number): Promise<number | null> {
    try {
      return await this.#driver.closeFlows(this.#vip, withinMs)
    } catch (error) {
      this.#logger.warn('arp-flows-kept', { address: this.#vip.text, why: error instanceof Error ? error.message : String(error) })
      return null
    }
  }
}
