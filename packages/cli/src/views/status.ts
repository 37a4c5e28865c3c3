import type { CheckStatus, MovesAnswer, StatusAnswer } from '@movip/core/client'
import { ordersOf } from '../forecast/circumstances.ts'
import type { Loss } from '../forecast/endurance.ts'
import { planeLines, planeWarnings } from './planes.ts'
import { suspectLines } from './suspects.ts'
import { paint, span, table } from './table.ts'
import { takersOf } from './takers.ts'

/** What `movip status` returns: the daemon's answer and what follows from it. */
export interface StatusResult extends StatusAnswer {
  /** How old the answer was when it was shown, ms. */
  readonly ageMs: number
  /** How many more voters may fail before decisions stop; 0 without a quorum. */
  readonly failuresTolerated: number
  /** What the loss of each node, and of each site of several nodes, would cost; null: the daemon does not tell its configuration. */
  readonly endurance: readonly Loss[] | null
  /** By group: the nodes that could take it over at this moment. */
  readonly couldTakeOver: Readonly<Record<string, readonly string[]>>
  /** By group: when its present assignment was made, ISO 8601, as far as the cluster remembers. */
  readonly since: Readonly<Record<string, string>>
  /** By group: the move that made its present assignment, as far as the cluster remembers. */
  readonly lastMoves: Readonly<Record<string, Moves[number]>>
}

type Engine = StatusAnswer['engine']
type Moves = MovesAnswer['moves']
type Group = Engine['groups'][number]

/** Silence after which a node is not counted on, ms. Longer than any profile's election time. */
const silentMs = 5000
/** So many groups are named in one line. */
const namedMax = 3

/** Adds to the daemon's answer what people ask next. Who is silent for longer than the election time is lost; `null`: that is not known. */
export function statusResult(
  answer: StatusAnswer,
  moves: Moves,
  endurance: readonly Loss[] | null,
  now: number,
  electionMs: number | null = null,
): StatusResult {
  return {
    ...answer,
    ageMs: Math.max(0, now - Date.parse(answer.at)),
    failuresTolerated: failuresTolerated(answer.engine, electionMs ?? silentMs),
    endurance,
    couldTakeOver: takersOf(answer.engine, electionMs ?? silentMs),
    since: sinceOf(answer.engine, moves),
    lastMoves: lastMovesOf(answer.engine, moves),
  }
}

function failuresTolerated(engine: Engine, lostMs: number): number {
  const heard = engine.nodes.filter((node) => engine.voters.includes(node.id) && node.heardAgoMs !== null && node.heardAgoMs <= lostMs)
  return engine.quorum ? Math.max(0, heard.length - quorumSize(engine)) : 0
}

function quorumSize(engine: Engine): number {
  return Math.floor(engine.voters.length / 2) + 1
}

/** When each present assignment was made, by the clock of the coordinator that made it. */
export function sinceOf(engine: Engine, moves: Moves): Record<string, string> {
  const present = new Set(engine.groups.map(({ epoch }) => epoch))
  const dated = moves.flatMap(({ group, epoch, at }) => (present.has(epoch) ? [[group, new Date(at).toISOString()]] : []))
  return Object.fromEntries(dated) as Record<string, string>
}

function lastMovesOf(engine: Engine, moves: Moves): StatusResult['lastMoves'] {
  const present = new Set(engine.groups.map(({ epoch }) => epoch))
  return Object.fromEntries(moves.filter(({ epoch }) => present.has(epoch)).map((move) => [move.group, move]))
}

/** The status as people read it. */
export function statusView(status: StatusResult, now: number): string[] {
  const { engine } = status
  return [
    `${paint('bold', `cluster ${engine.cluster}`)} as ${engine.node} saw it ${span(status.ageMs)} ago (movip ${status.version}, up ${span(status.uptimeMs)})`,
    quorumLine(status),
    ...enduranceLines(status),
    ...troubles(status).map((trouble) => paint('red', trouble)),
    ...planeWarnings(status.transport).map((warning) => paint('yellow', warning)),
    ...ordersOf(engine.maintenance).map((order) => paint('yellow', order)),
    '',
    ...nodeTable(engine),
    '',
    ...planeLines(status.transport, silentMs),
    ...groupLines(status, now),
  ]
}

function quorumLine(status: StatusResult): string {
  const { engine, failuresTolerated: spare } = status
  const voters = `${engine.voters.length} voter${engine.voters.length === 1 ? '' : 's'}`
  if (!engine.quorum) {
    const why = engine.quorumLack ?? `${quorumSize(engine)} of ${voters} must agree`
    return paint('red', `no quorum: ${why}; nothing can be moved`)
  }
  const bearable = spare === 0 ? paint('yellow', 'no failure of a voter can be borne') : `${spare} may fail`
  return `${paint('green', 'quorum')}: ${quorumSize(engine)} of ${voters} must agree, ${bearable}; coordinator ${engine.coordinator ?? 'unknown'}, term ${engine.term}`
}

/** Which single failures would cost nothing, and which would. */
function enduranceLines({ engine, endurance }: StatusResult): string[] {
  if (!engine.quorum || endurance === null || engine.groups.length === 0) return []
  const costly = endurance.filter(({ quorum, unserved }) => !quorum || unserved.length > 0)
  const borne = endurance.filter((loss) => !costly.includes(loss))
  return [
    ...(borne.length === 0 ? [] : [borneText(borne, costly)]),
    ...(costly.length === 0 ? [] : [paint('yellow', `must not fail: ${costly.map(costOf).join('; ')}`)]),
  ]
}

function borneText(borne: readonly Loss[], costly: readonly Loss[]): string {
  const every = (kind: Loss['kind']): boolean => !costly.some((loss) => loss.kind === kind) && borne.some((loss) => loss.kind === kind)
  if (every('node')) return `any one node may fail${every('site') ? ', and any one site' : ''}`
  return `may fail, one at a time: ${borne.map(nameOf).join(', ')}`
}

function nameOf({ kind, name }: Loss): string {
  return kind === 'site' ? `site ${name}` : name
}

function costOf(loss: Loss): string {
  const { quorum, unserved } = loss
  const what = nameOf(loss)
  if (!quorum) return `${what} (no quorum would be left)`
  return `${what} (nobody could take ${some(unserved)})`
}

function troubles(status: StatusResult): string[] {
  const { engine, transport } = status
  return [
    ...(engine.storageFailing === null ? [] : [`the disk of this node does not take writes: ${engine.storageFailing}`]),
    ...(transport.connected ? [] : [`not connected to NATS${transport.lastError === null ? '' : `: ${transport.lastError}`}`]),
  ]
}

function nodeTable(engine: Engine): string[] {
  return table(
    ['NODE', 'SITE', 'ROLE', 'HEARD', 'LATE', ''],
    engine.nodes.map((node) => [
      `${node.id}${node.id === engine.node ? ' (this)' : ''}`,
      node.site,
      node.witness ? 'witness' : node.voter ? 'voter' : 'no vote',
      heard(node.id === engine.node ? 0 : node.heardAgoMs),
      node.latenessMs === null ? '-' : span(node.latenessMs),
      [
        node.id === engine.coordinator ? 'coordinator' : '',
        node.leaving ? paint('yellow', 'leaving') : '',
        otherConfiguration(engine, node),
      ]
        .filter(Boolean)
        .join(', '),
    ]),
  )
}

/** A node that counts with another configuration holds nothing new; for the moment of a change that is nothing. */
function otherConfiguration({ configuration }: Engine, { configHash }: Engine['nodes'][number]): string {
  return configHash === null || configHash === configuration.hash ? '' : paint('yellow', 'another configuration')
}

function heard(agoMs: number | null): string {
  if (agoMs === null) return paint('red', 'never')
  return agoMs > silentMs ? paint('red', `${span(agoMs)} ago`) : agoMs === 0 ? 'now' : `${span(agoMs)} ago`
}

function groupLines(status: StatusResult, now: number): string[] {
  const { groups } = status.engine
  if (groups.length === 0) return ['no groups']
  const rows = groups.map((group) => [
    group.id,
    group.holder ?? paint('red', 'nobody'),
    stateText(group),
    group.epoch === 0 ? '-' : String(group.epoch),
    sinceText(status.since[group.id], now),
    group.leaseMs === null ? '-' : span(group.leaseMs),
    group.cause,
    takersText(status.couldTakeOver[group.id] ?? []),
  ])
  return [
    ...table(['GROUP', 'HOLDER', 'STATE', 'EPOCH', 'FOR', 'LEASE', 'CAUSE', 'COULD TAKE OVER'], rows),
    ...groups.flatMap((group) => [...suspectLines(group.id, group.holder, group.suspects), ...remarks(status, group)]),
  ]
}

function stateText(group: Group): string {
  if (group.holder === null) return paint('red', 'not served')
  if (group.state === 'active') return paint('green', 'active')
  return group.state === null ? paint('yellow', 'assigned') : paint(group.state === 'stuck' ? 'red' : 'yellow', group.state)
}

/** Why the others could not stands below the table. */
const takersText = (takers: readonly string[]): string => (takers.length === 0 ? paint('red', 'nobody') : some(takers))

const some = (names: readonly string[]): string =>
  `${names.slice(0, namedMax).join(', ')}${names.length > namedMax ? ` and ${names.length - namedMax} more` : ''}`

function sinceText(since: string | undefined, now: number): string {
  return since === undefined ? '-' : span(Math.max(0, now - Date.parse(since)))
}

const levelTexts = { unfit: 'is unfit', keep: 'may keep it but not take it', fit: 'is chosen last' } as const

/** Only what fails; for how long, and how soon it counts as mended. And what was restarted because of it. */
function checkText({ id, state, sinceMs, reason, lastTookMs, heldOffMs, restarts }: CheckStatus): string[] {
  if (state !== 'failing') {
    if (restarts === undefined || restarts.count === 0) return []
    const { count, max, withinMs, isUnderWay } = restarts
    return [`check ${id} ${isUnderWay ? 'restarts' : 'has restarted'} the service, ${count} of ${max} times within ${span(withinMs)}`]
  }
  const took = lastTookMs === null ? '' : `, took ${span(lastTookMs)}`
  return [
    `check ${id} fails since ${span(sinceMs)}: ${reason ?? 'no reason given'}${took}${heldOffMs > 0 ? `, held off for another ${span(heldOffMs)}` : ''}`,
  ]
}

/** What the endpoints, the service and the checks of a group complain about on the node that answers. */
export function complaintsHere({ runner, checks }: Pick<StatusAnswer, 'runner' | 'checks'>, group: string): string[] {
  const local = runner.find((each) => each.group === group)?.endpoints ?? []
  const failed = local.flatMap((endpoint) =>
    [endpoint.lastError, endpoint.unfit].filter((text) => text !== null).map((text) => `${endpoint.describe}: ${text}`),
  )
  return [...failed, ...(checks?.[group] ?? []).flatMap(checkText)]
}

/** Who may not hold the group and why, and what is wrong with it on this node. */
function remarks(status: StatusResult, group: Group): string[] {
  const unfit = group.candidates
    .filter(({ fitness }) => fitness.level !== 'fit' || fitness.reasons.length > 0)
    .map(({ node, fitness }) => `  ${group.id}: ${node} ${levelTexts[fitness.level]}: ${fitness.reasons.join('; ') || 'no reason given'}`)
  const here = complaintsHere(status, group.id).map((text) => `  ${group.id}: ${text}`)
  return [...unfit.map((line) => paint('yellow', line)), ...here.map((line) => paint('red', line))]
}
