import type { StatusAnswer } from '@movip/core/client'
import { paint, span, table } from './table.ts'

type Transport = StatusAnswer['transport']
type Plane = NonNullable<Transport['planes']>[number]

/** The planes that this node talks over; nothing where there is but one. Who was silent for longer than that is not counted on. */
export function planeLines({ planes = [] }: Transport, silentMs: number): string[] {
  if (planes.length < 2) return []
  const rows = planes.map((plane) => [
    plane.name,
    plane.kind === 'embedded' ? 'own server' : (plane.server ?? 'your NATS'),
    `${plane.connected ? paint('green', 'connected') : paint('yellow', 'cut off')} for ${span(plane.sinceMs)}`,
    heardText(plane, silentMs),
  ])
  return [...table(['PLANE', 'NATS', 'STATE', 'HEARD'], rows), '']
}

function heardText({ connected, nodes }: Plane, silentMs: number): string {
  if (!connected) return '-'
  const all = Object.entries(nodes)
  const isHeard = ({ heardAgoMs, missedMs }: Plane['nodes'][string]): boolean =>
    heardAgoMs !== null && heardAgoMs <= silentMs && missedMs === null
  const heard = all.filter(([, hearing]) => isHeard(hearing)).map(([node]) => node)
  return heard.length === all.length ? 'all' : heard.join(', ') || 'nobody'
}

/** What has become less than the redundancy that was set up, while it still works. */
export function planeWarnings({ connected, planes = [] }: Transport): string[] {
  if (!connected || planes.length < 2) return []
  return planes.flatMap(({ name, connected: isHere, sinceMs, lastError, nodes }) => {
    if (!isHere) return [`cut off from plane ${name} for ${span(sinceMs)}${lastError === null ? '' : `: ${lastError}`}; other planes serve`]
    const missed = Object.entries(nodes).flatMap(([node, { missedMs }]) => (missedMs === null ? [] : [{ node, missedMs }]))
    return missed.map(
      ({ node, missedMs }) => `${node} is not heard over plane ${name} for ${span(missedMs)}; other planes bring what it says`,
    )
  })
}
