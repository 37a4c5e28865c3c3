import { setTimeout as sleep } from 'node:timers/promises'
import { probeFrame } from './frames.ts'
import { macBytes } from './ip.ts'
import type { Vip } from './ip.ts'
import type { Host } from './host.ts'
import type { Link } from './driver.ts'

const PROBES = 3
const PROBE_GAP_MS = 2.5
const POLL_MS = 1

/**
 * Asks the LAN three times, 2.5 ms apart, who owns the VIP. The MAC of an owner that is not this host, as soon as one
 * answers; null when nobody did within 8 ms.
 */
export async function probe(host: Host, link: Link, vip: Vip, signal: AbortSignal): Promise<string | null> {
  const wire = await host.wire(link, vip.family)
  const found: string[] = []
  const stop = wire.listen(vip, (mac) => {
    if (!host.isOwnMac(mac)) found.push(mac)
  })
  try {
    const frame = probeFrame(vip, macBytes(link.mac ?? '00:00:00:00:00:00'))
    const start = performance.now()
    let sent = 0
    for (let elapsed = 0; elapsed < PROBES * PROBE_GAP_MS || sent < PROBES; elapsed = performance.now() - start) {
      if (sent < PROBES && elapsed >= sent * PROBE_GAP_MS) {
        wire.send(frame)
        sent += 1
      }
      await sleep(POLL_MS, undefined, { signal })
      wire.poll()
      if (found.length > 0) break
    }
    return found[0] ?? null
  } finally {
    stop()
  }
}
