import type { EventRecord, StatusAnswer } from '@movip/core/client'

/** What is known of a group beyond its placement, in words. */
export interface Circumstances {
  /** What operators have taken out of movip's hands, by whom, and since when. */
  readonly orders: readonly string[]
  /** What the endpoints, the service and the checks of the group on the node that answers complain about, and what was put right there. */
  readonly here: readonly string[]
}

type Maintenance = StatusAnswer['engine']['maintenance']
type Note = NonNullable<Maintenance['pausedAll']>

/** All orders, or those that concern a group. */
export function ordersOf(
  { drained, paused, pausedAll }: Maintenance,
  about?: { readonly group: string; readonly nodes: readonly string[] },
): string[] {
  const said = ({ at, by }: Note): string => `by ${by}, ${at}`
  return [
    ...(pausedAll === null ? [] : [`everything is paused ${said(pausedAll)}: there is no failover; end it with movip unpause`]),
    ...Object.entries(paused)
      .filter(([group]) => about === undefined || about.group === group)
      .map(([group, note]) => `${group} is paused ${said(note)}: it does not fail over; end it with movip unpause ${group}`),
    ...Object.entries(drained)
      .filter(([node]) => about === undefined || about.nodes.includes(node))
      .map(([node, note]) => `${node} is drained ${said(note)}; end it with movip resume ${node}`),
  ]
}

/** What the node that was asked went through with the group: why it is stuck, and how often what had gone was put right. */
export function eventsHere(events: readonly EventRecord[], group: string): string[] {
  const mine = events.filter(({ event }) => event['group'] === group)
  const stuck = mine.findLast(({ event }) => event.type === 'stuck')
  const isOver = mine.some(({ at, event }) => event.type === 'released' && stuck !== undefined && at >= stuck.at)
  const repaired = mine.filter(({ event }) => event.type === 'repaired')
  const endpoints = [...new Set(repaired.map(({ event }) => String(event['endpoint'])))]
  return [
    ...(stuck === undefined || isOver ? [] : [`stuck since ${stuck.at}: ${String(stuck.event['why'])}`]),
    ...endpoints.map((endpoint) => {
      const times = repaired.filter(({ event }) => event['endpoint'] === endpoint)
      const last = times.at(-1)
      return `${endpoint} was brought up again ${times.length === 1 ? 'once' : `${times.length} times`}, the last time ${last?.at}: ${String(last?.event['why'])}`
    }),
  ]
}
