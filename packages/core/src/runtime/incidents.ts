import type { BackendIncident } from '../backend.ts'
import type { GroupId, Incident, NodeId } from '../model/index.ts'
import { INCIDENTS_AT_ONCE } from '../model/log.ts'
import type { Clock, Logger } from '../ports.ts'
import type { Driver } from './driver.ts'

/** What is seen at once is told at once. */
const GATHER_MS = 20
const ANSWER_MS = 10_000
/** While nobody coordinates, nobody can be told. */
const AGAIN_MS = 1000
/** Older ones are forgotten: the journal of this node has them. */
const WAITING_MAX = 200

export interface IncidentsOptions {
  readonly node: NodeId
  readonly clock: Clock
  readonly logger: Logger
  readonly driver: () => Pick<Driver, 'request'>
}

/** Takes what backends found of endpoints, until the daemon ends. */
export function createIncidents(
  options: IncidentsOptions,
  closers: (() => void)[],
): (group: GroupId, endpoint: string, found: BackendIncident) => void {
  const incidents = new Incidents(options)
  closers.push(() => incidents.close())
  return (group, endpoint, found) => incidents.note(group, endpoint, found)
}

/** Brings what backends found of their endpoints into the log of the cluster. Holds up nothing. */
export class Incidents {
  private readonly options: IncidentsOptions
  private waiting: Incident[] = []
  private isTelling = false
  private isOver = false

  constructor(options: IncidentsOptions) {
    this.options = options
  }

  note(group: GroupId, endpoint: string, { state, epoch, through, to }: BackendIncident): void {
    const { node, clock, logger } = this.options
    const said = { group, endpoint, epoch, through, to }
    if (state === 'stolen') logger.error('stolen', said)
    else logger.warn('recovered', said)
    this.waiting = [...this.waiting, { state, node, ...said, at: new Date().toISOString() }].slice(-WAITING_MAX)
    if (this.isTelling) return
    this.isTelling = true
    clock.at(clock.now() + GATHER_MS, () => void this.tell())
  }

  private async tell(): Promise<void> {
    const { clock, driver } = this.options
    const incidents = this.waiting.slice(0, INCIDENTS_AT_ONCE)
    if (this.isOver) return
    const reply = await driver().request({ type: 'tell', incidents }, ANSWER_MS)
    if (reply.ok) this.waiting = this.waiting.filter((incident) => !incidents.includes(incident))
    this.isTelling = this.waiting.length > 0
    if (this.isTelling) clock.at(clock.now() + (reply.ok ? 0 : AGAIN_MS), () => void this.tell())
  }

  close(): void {
    this.isOver = true
  }
}
