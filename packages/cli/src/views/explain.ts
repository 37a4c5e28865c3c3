import type { MovesAnswer } from '@movip/core/client'
import type { Circumstances } from '../forecast/circumstances.ts'
import type { Explanation } from '../forecast/explanation.ts'
import type { Lag } from '../forecast/lag.ts'
import type { Pace } from '../forecast/pace.ts'
import { phasesText } from './phases.ts'
import { suspectLines } from './suspects.ts'
import { paint, span, table } from './table.ts'

/** Whose knowledge an answer rests on. */
export interface Viewpoint {
  /** Wall clock of the daemon that answered, ISO 8601. */
  readonly at: string
  readonly node: string
  readonly coordinator: string | null
}

/** What `movip explain` returns. */
export interface ExplainResult extends Explanation, Circumstances {
  readonly schemaVersion: 1
  readonly view: Viewpoint
  /** When the present assignment was made, ISO 8601; null: before this daemon's memory. */
  readonly since: string | null
  /** How that went; null: before this daemon's memory. */
  readonly move: MovesAnswer['moves'][number] | null
  /** How long traffic takes to follow, where somebody has to let it. */
  readonly pace: readonly Pace[]
  /** How far behind clients may be that find it by a name. */
  readonly lags: readonly Lag[]
}

/** Why a group is where it is, as people read it. */
export function explainView(result: ExplainResult, now: number): string[] {
  return [
    headline(result, now),
    ...(result.epoch === 0 ? [] : [`  why it was given there: ${result.cause}`]),
    ...(result.move === null ? [] : [`  how it came there: from ${result.move.from ?? 'nobody'}; ${phasesText(result.move)}`]),
    ...suspectLines(result.group, result.holder, result.suspects),
    `  now: ${result.now.why}${result.now.outcome === 'moves' ? `: it goes to ${result.now.to}` : ''}`,
    ...result.pace.map(paceText),
    ...result.lags.map((lag) => lagText(lag, now)),
    ...[...result.warnings, ...result.orders].map((line) => paint('yellow', `  ${line}`)),
    ...result.here.map((line) => paint('red', `  on ${result.view.node}: ${line}`)),
    '',
    ...table(
      ['NODE', 'STANDING'],
      result.nodes.map((node) => [node.node, standing(node)]),
    ),
    '',
    ...table(
      ['IF THIS NODE DIED', 'SERVED BY', 'WHY'],
      result.ifLost.map(({ lost, to, why }) => [lost, to ?? paint('red', 'nobody'), why]),
    ),
    '',
    paint('dim', viewpoint(result.view)),
  ]
}

function paceText({ endpoint, plannedMs, lostMs, why }: Pace): string {
  return `  ${endpoint}: traffic follows a planned move within ${plannedMs / 1000} s, and the loss of the holder within ${lostMs / 1000} s: ${why}`
}

/** The weaker kind of endpoint says so, each time. */
function lagText({ endpoint, clientsLagMs, why, followedAt, until }: Lag, now: number): string {
  const weaker = `  ${endpoint}: clients follow only when they resolve again`
  if (followedAt === null || until === null) return `${weaker}, up to ${clientsLagMs / 1000} s after it points to another site (${why})`
  const clock = (iso: string): string => `${iso.slice(11, 19)} UTC`
  const points = `it has pointed to this site since ${clock(followedAt)}`
  if (Date.parse(until) > now) return paint('yellow', `${weaker}: ${points}, and they may lag until ${clock(until)} (${why})`)
  return `${weaker}: ${points}, and all that keep to ${why} have followed since ${clock(until)}`
}

function headline({ group, holder, state, epoch, since }: ExplainResult, now: number): string {
  if (holder === null) return `${paint('bold', group)} is held by ${paint('red', 'nobody')}`
  const age = since === null ? '' : `, for ${span(Math.max(0, now - Date.parse(since)))}`
  const stands = state === 'active' ? paint('green', state) : paint('yellow', state ?? 'has said nothing so far')
  return `${paint('bold', group)} is held by ${holder} (${stands}, epoch ${epoch}${age})`
}

function standing({ holds, rank, why, blocked, position }: ExplainResult['nodes'][number]): string {
  const trouble = blocked === null ? '' : paint('yellow', blocked)
  const data = position === null ? '' : `; its data is at ${position}`
  if (holds) return (trouble === '' ? paint('green', 'holds it') : `holds it, but: ${trouble}`) + data
  return (rank === null ? `cannot take it: ${trouble}` : `number ${rank} in line${why === null ? '' : ` (${why})`}`) + data
}

/** What only the coordinator knows is missing elsewhere. */
export function viewpoint({ node, coordinator }: Viewpoint): string {
  if (node === coordinator) return `as ${node}, which coordinates, sees it`
  const where =
    coordinator === null ? 'no coordinator is known' : `${coordinator} coordinates, and it alone knows who failed to bring it up of late`
  return `as ${node} sees it; ${where}`
}
