/** The result of a chaos run, for programs and for people. */
import type { SuiteResult } from '../bench/report.ts'
import type { CauseRow, Finding, OutageRecord } from './judgement.ts'
import { NO_EVENT, tellOf } from './judgement.ts'
import type { Exit } from './supervisor.ts'
import type { Count } from './storm-maker.ts'

export interface GroupRow {
  readonly group: string
  /** Questions that were answered, of all. */
  readonly availabilityPercent: number
  readonly asked: number
  readonly outages: number
  readonly longestMs: number
  readonly totalMs: number
  readonly dualHolderMs: { readonly answers: number; readonly wire: number }
  /** Frames that the observer missed: of that time only the answers bear witness. */
  readonly lostFrames: number
  /** The client itself slept: that time is not judged. */
  readonly asleepMs: number
}

export interface ChaosResult extends Pick<SuiteResult, 'commit' | 'machine'> {
  readonly schemaVersion: 1
  readonly command: string
  readonly seed: number
  readonly nodes: number
  readonly lastedS: number
  readonly storms: number
  readonly faults: Readonly<Record<string, Count>>
  /** Kinds of faults that cannot be made here. */
  readonly left: readonly string[]
  /** Faults that could not be made when they were due. */
  readonly missed: readonly string[]
  /** How long the cluster took after each storm until all nodes were at rest. */
  readonly restMs: readonly number[]
  /** What that may take. */
  readonly restMaxMs: number
  /** What recovery may take, and below which a pause is noise. */
  readonly graceMs: number
  readonly floorMs: number
  readonly groups: readonly GroupRow[]
  readonly causes: readonly CauseRow[]
  readonly outages: readonly OutageRecord[]
  readonly exits: readonly Exit[]
  readonly findings: readonly Finding[]
  /** Why the run shows nothing, although nothing was found; null: it does show something. */
  readonly inconclusive: string | null
  readonly ok: boolean
}

const WORST = 10
const MISSED_SHOWN = 10

export function report(result: ChaosResult): string {
  const { machine, findings } = result
  const head = [
    result.command,
    `seed ${result.seed}, ${result.nodes} nodes, ${result.lastedS.toFixed(0)} s in ${result.storms} storms, each with a calm after it`,
    `commit ${result.commit ?? 'unknown'}`,
    `machine ${machine.cores} x ${machine.cpu}, Linux ${machine.kernel}, Node ${machine.node}`,
  ]
  return [
    head.join('\n'),
    section('verdict', verdict(result)),
    section(
      'groups',
      table(['group', 'available', 'asked', 'outages', 'longest', 'total', 'two (answers)', 'two (wire)'], result.groups.map(groupCells)),
    ),
    section('outages by cause', table(['cause', 'outages', 'longest', 'total'], result.causes.map(causeCells))),
    section('longest outages', worst(result.outages)),
    section('outages of the machine itself', result.outages.filter(({ starved }) => starved !== null).map(tellOutage)),
    section(
      'faults',
      table(
        ['fault', 'made', 'no free target', 'not made'],
        Object.entries(result.faults)
          .toSorted(([a], [b]) => a.localeCompare(b))
          .map(faultCells),
      ),
    ),
    section('not made', shortened([...result.left.map((text) => `not possible here: ${text}`), ...result.missed], MISSED_SHOWN)),
    section(
      'daemons that ended by themselves',
      result.exits.map(({ at, node, code }) => `${seconds(at)} ${node}, code ${code ?? 'none'}`),
    ),
    ...findings.map((finding, i) => section(`finding ${i + 1}`, findingLines(finding))),
    '',
  ].join('\n\n')
}

function verdict(result: ChaosResult): string[] {
  const { groups, restMs, restMaxMs, floorMs, outages } = result
  const two = groups.reduce((sum, { dualHolderMs }) => sum + dualHolderMs.answers + dualHolderMs.wire, 0)
  const lost = groups.reduce((sum, { lostFrames }) => sum + lostFrames, 0)
  const asleep = groups.reduce((sum, { asleepMs }) => sum + asleepMs, 0)
  const silent = outages.filter(({ events }) => events === NO_EVENT)
  const starved = outages.filter((outage) => outage.starved !== null)
  return [
    outcome(result),
    `two holders at once: ${two.toFixed(1)} ms`,
    `unexplained outages: ${outages.filter(({ cause }) => cause === null).length} of ${outages.length} over ${floorMs.toFixed(0)} ms`,
    `outages of which the daemons say nothing: ${silent.length}, the longest ${ms(Math.max(0, ...silent.map(({ lengthMs }) => lengthMs)))}`,
    `outages of the machine itself, where somebody waited for a CPU about as long: ${starved.length}, together ${ms(total(starved))}`,
    `at rest after a storm within ${Math.max(0, ...restMs).toFixed(0)} ms (allowed: ${restMaxMs} ms)`,
    lost === 0 ? 'the observer missed no frame' : `the observer missed ${lost} frames: for these moments only the answers bear witness`,
    `the clients themselves slept for ${asleep.toFixed(0)} ms, which is not judged`,
  ]
}

function outcome({ findings, inconclusive }: ChaosResult): string {
  if (findings.length > 0) return `BAD: ${findings.length} findings, below`
  return inconclusive === null ? 'good: nothing happened that must not' : `INCONCLUSIVE: ${inconclusive}`
}

function groupCells(row: GroupRow): string[] {
  const two = [row.dualHolderMs.answers, row.dualHolderMs.wire].map((ms) => `${ms.toFixed(1)} ms`)
  return [
    row.group,
    `${row.availabilityPercent.toFixed(3)} %`,
    String(row.asked),
    String(row.outages),
    ms(row.longestMs),
    ms(row.totalMs),
    ...two,
  ]
}

function causeCells({ cause, outages, longestMs, totalMs }: CauseRow): string[] {
  return [cause, String(outages), ms(longestMs), ms(totalMs)]
}

function faultCells([name, { made, crowdedOut, missed }]: [string, Count]): string[] {
  return [name, String(made), String(crowdedOut), String(missed)]
}

function worst(outages: readonly OutageRecord[]): string[] {
  return outages
    .toSorted((a, b) => b.lengthMs - a.lengthMs)
    .slice(0, WORST)
    .map(tellOutage)
}

function tellOutage({ group, atMs, lengthMs, fault, starved, events, faults }: OutageRecord): string {
  const reason = starved === null ? (fault === null ? 'unexplained' : `began with ${fault}`) : tellOf(starved)
  return `${seconds(atMs)} ${group} ${ms(lengthMs)}: ${reason} (${faults} faults); ${events}`
}

function total(outages: readonly OutageRecord[]): number {
  return outages.reduce((sum, { lengthMs }) => sum + lengthMs, 0)
}

function findingLines({ what, fromMs, toMs, faults, log }: Finding): string[] {
  return [
    what,
    `from ${seconds(fromMs)} to ${seconds(toMs)}`,
    ...faults.map((text) => `fault ${text}`),
    ...log.map((text) => `log ${text}`),
  ]
}

function shortened(lines: readonly string[], most: number): readonly string[] {
  return lines.length <= most ? lines : [...lines.slice(0, most), `and ${lines.length - most} more`]
}

function section(title: string, lines: readonly string[]): string {
  return [`== ${title}`, ...(lines.length === 0 ? ['none'] : lines)].join('\n')
}

/** First column to the left, all others to the right. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return []
  const widths = head.map((text, i) => Math.max(text.length, ...rows.map((row) => row[i]?.length ?? 0)))
  return [head, ...rows].map((row) =>
    row.map((text, i) => (i === 0 ? text.padEnd(widths[i] ?? 0) : text.padStart(widths[i] ?? 0))).join('  '),
  )
}

function ms(value: number): string {
  return `${value.toFixed(0)} ms`
}

function seconds(value: number): string {
  return `${(value / 1000).toFixed(3)} s`
}
