import type { Entry } from '../events/timeline.ts'
import { phasesText } from './phases.ts'
import { paint } from './table.ts'

/** What a person should look at. */
const troubles = new Set(['call-failed', 'refused', 'dropped'])

/** One line for each entry, with the whole moment or only the time of day (UTC): moves, orders and incidents, which all nodes know, are marked as the cluster's; the rest bears the name of its node. */
export function eventLines(entries: readonly Entry[], form: 'moment' | 'time' = 'moment'): string[] {
  const [begin, end] = form === 'moment' ? [0, 24] : [11, 19]
  const width = Math.max('cluster'.length, ...entries.map((entry) => (entry.kind === 'event' ? entry.node.length : 0)))
  return entries.map((entry) => {
    const who = (entry.kind === 'event' ? entry.node : 'cluster').padEnd(width)
    return `${paint('dim', entry.at.slice(begin, end))}  ${who}  ${textOf(entry)}`
  })
}

function textOf(entry: Entry): string {
  if (entry.kind === 'event') return eventText(entry)
  if (entry.kind === 'incident') return incidentText(entry)
  return entry.kind === 'move' ? moveText(entry) : orderText(entry)
}

function incidentText({ state, group, endpoint, node, through, to }: Extract<Entry, { kind: 'incident' }>): string {
  if (state === 'recovered') return `${paint('bold', `${group}: ${endpoint} recovered`)} by ${node}: ${through} leads to it again`
  const where = to === null ? 'nowhere' : `to ${to}`
  return `${paint('yellow', `${group}: ${endpoint} stolen`)} from ${node}: ${through} leads ${where}`
}

function orderText({ action, index, what, by }: Extract<Entry, { kind: 'order' }>): string {
  return action === 'apply' ? `${paint('bold', `configuration ${index}`)} by ${by}: ${what}` : `${paint('bold', what)} by ${by}`
}

function moveText(move: Extract<Entry, { kind: 'move' }>): string {
  const { group, from, to, epoch, cause } = move
  const phases = phasesText(move)
  const how = phases === '' ? '' : paint('dim', `; ${phases}`)
  return `${paint('bold', `${group}: ${from ?? 'nobody'} → ${to ?? 'nobody'}`)} (epoch ${epoch}): ${cause}${how}`
}

function eventText({ event }: Extract<Entry, { kind: 'event' }>): string {
  const { type, ...fields } = event
  const details = Object.entries(fields).map(([key, value]) => `${key} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
  return `${troubles.has(type) || fields['state'] === 'lost' ? paint('yellow', type) : type}${details.length === 0 ? '' : `: ${details.join(', ')}`}`
}
