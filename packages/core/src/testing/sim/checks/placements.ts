import type { Beat, EntryBody, GroupId, NodeId } from '../../../model/index.ts'
import type { Logged } from './ledger.ts'
import type { Step } from './step.ts'
import { violate } from './violation.ts'

/** What one life has heard, from others and from itself. */
interface Reports {
  readonly life: number
  /** By node and data folder: the newest beat of the newest life. */
  readonly newest: Map<string, Beat>
  /** Nodes that were out of service after its last step. */
  drained: ReadonlySet<NodeId>
}

/** A coordinator gives a group only to a node that has said last that it is fit for it, and that it stays. */
export class PlacementsCheck {
  readonly #reports = new Map<NodeId, Reports>()

  stepped(node: Logged, { life, news, effects, applied }: Step): void {
    const reports = this.#of(node.id, life)
    if (news.type === 'message' && news.message.type === 'beat') note(reports, news.message)
    // What an operator ordered counts from the step on after the one that has applied it.
    const drained = reports.drained
    reports.drained = new Set(Object.keys(applied?.state.maintenance?.drained ?? {}))
    const said = effects.flatMap((effect) => (effect.type === 'send' && effect.message.type === 'beat' ? [effect.message] : []))
    const own = said.at(-1) ?? newestOf(reports, node.id)[0]
    for (const effect of effects) {
      if (effect.type === 'send' && effect.message.type === 'beat') note(reports, effect.message)
      if (effect.type !== 'persist' || own?.coordinator !== node.id) continue
      for (const { term, body } of effect.write.entries ?? []) if (term === own.term) demandFit(node.id, reports, body, drained)
    }
  }

  #of(node: NodeId, life: number): Reports {
    const known = this.#reports.get(node)
    if (known?.life === life) return known
    const reports: Reports = { life, newest: new Map(), drained: new Set() }
    this.#reports.set(node, reports)
    return reports
  }
}

function note({ newest }: Reports, beat: Beat): void {
  const { dataId, generation } = beat.incarnation
  const key = `${beat.from} ${dataId}`
  const known = newest.get(key)
  const isNews =
    known === undefined ||
    generation > known.incarnation.generation ||
    (generation === known.incarnation.generation && beat.sentAt > known.sentAt)
  if (isNews) newest.set(key, beat)
}

/** Which of two data folders is the right one is not judged here. */
function newestOf({ newest }: Reports, node: NodeId): readonly Beat[] {
  return [...newest.values()].filter(({ from }) => from === node)
}

function demandFit(coordinator: NodeId, reports: Reports, body: EntryBody, before: ReadonlySet<NodeId>): void {
  if (body.type !== 'assign' || body.node === null) return
  const { group, node } = body
  if (before.has(node) && reports.drained.has(node))
    violate('only the fit are chosen', `${coordinator} gives ${group} to ${node}, which an operator has drained`)
  const heard = newestOf(reports, node)
  if (heard.some(({ report }) => report.fitness[group]?.level === 'fit' && !report.leaving)) return
  violate('only the fit are chosen', `${coordinator} gives ${group} to ${node}, which ${saidOf(heard, group)}`)
}

function saidOf(heard: readonly Beat[], group: GroupId): string {
  if (heard.length === 0) return 'it has never heard'
  const words = heard.map(({ report }) => (report.leaving ? 'is leaving' : `says ${report.fitness[group]?.level ?? 'nothing of it'}`))
  return words.join(' and ')
}
