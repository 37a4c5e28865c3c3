import type { Incident, Index, KnownIncident } from '../model/index.ts'

/** So many incidents are looked back on: small enough to be sent with every snapshot. */
const INCIDENTS_MAX = 100

/** The incidents to remember after some more were told, the oldest first. */
export function rememberIncidents(before: readonly KnownIncident[], index: Index, latest: readonly Incident[]): readonly KnownIncident[] {
  return [...before, ...latest.map((incident) => ({ index, ...incident }))].slice(-INCIDENTS_MAX)
}
