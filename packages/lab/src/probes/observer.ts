/** The observer: what every host showed on the wire about the VIPs, and which addresses it had when. */
import type { AddressEvent, Sighting } from '../analysis/record.ts'
import type { Network } from '../network/network.ts'
import type { FrameKind } from '../system/frames.ts'
import { startProbe } from './child.ts'

export interface Observer {
  readonly pitchMs: number
  /** Frames that spoke for a VIP, from that time on (CLOCK_MONOTONIC, ms). */
  sightings(fromMs: number): readonly Sighting[]
  addressEvents(fromMs: number): readonly AddressEvent[]
  /** Frames of which the kernel could not keep a copy for us. Anything but 0 makes the record worthless. */
  lost(): number
  forget(beforeMs: number): void
  /** Rejects when the measuring ends unasked. */
  readonly broken: Promise<never>
  stop(): void
}

export async function startObserver(network: Network, vips: readonly string[], pitchMs = 5): Promise<Observer> {
  let sightings: Sighting[] = []
  let events: AddressEvent[] = []
  let lost = 0
  const onLine = (line: readonly unknown[]): void => {
    const [kind, at, host] = line
    if (kind === 'f') sightings.push({ at: at as number, host: host as string, kind: line[3] as FrameKind })
    if (kind === 'd') events.push({ at: at as number, host: host as string, ip: line[3] as string, added: line[4] as boolean })
    if (kind === 'lost') lost += host as number
  }
  const argument = { hosts: network.hosts, observer: network.observer, vips, pitchMs }
  const probe = await startProbe({ namespace: network.switch, module: 'observer-process', argument, onLine })
  return {
    pitchMs,
    sightings: (fromMs) => sightings.filter(({ at }) => at >= fromMs),
    addressEvents: (fromMs) => events.filter(({ at }) => at >= fromMs),
    lost: () => lost,
    forget(beforeMs) {
      sightings = sightings.filter(({ at }) => at >= beforeMs)
      events = events.filter(({ at }) => at >= beforeMs)
    },
    broken: probe.broken,
    stop: () => probe.stop(),
  }
}
