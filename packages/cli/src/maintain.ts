import { longestMoveMs } from '@movip/core/client'
import type { Client, StatusAnswer } from '@movip/core/client'
import { whoAsks } from './change.ts'

/** A group that went from a drained node to another, or stayed, and why. */
export interface Moved {
  readonly group: string
  readonly from: string
  /** null: it is there still. */
  readonly to: string | null
  readonly why: string
}

/** What became of an order to drain or resume. */
export interface DrainResult {
  readonly schemaVersion: 1
  readonly nodes: readonly string[]
  readonly groups: readonly Moved[]
}

type Engine = StatusAnswer['engine']

const lookMs = 100

/** Takes nodes, or all nodes of sites, out of service, and waits until they hold nothing that another node could. */
export async function drain(
  client: Pick<Client, 'status' | 'cluster' | 'maintain'>,
  names: readonly string[],
  force: boolean,
): Promise<DrainResult> {
  const [{ engine: before }, { cluster }] = await Promise.all([client.status(), client.cluster()])
  const { nodes, index } = await client.maintain({ action: 'drain', nodes: names, force, by: whoAsks() })
  const held = before.groups
    .filter(({ holder }) => holder !== null && nodes.includes(holder))
    .map(({ id, holder }) => [id, holder ?? ''] as const)
  const patienceMs = longestMoveMs(cluster)
  let giveUpAt = Date.now() + patienceMs
  let fewestLeft = held.length
  for (;;) {
    const { engine } = await client.status()
    const groups = held.map(([group, from]) => moved(engine, group, from))
    const left = groups.filter(({ group, to }) => to === null && canMove(engine, group)).length
    // As long as one after the other ends, the rest is coming, too.
    if (left < fewestLeft) giveUpAt = Date.now() + patienceMs
    fewestLeft = Math.min(fewestLeft, left)
    const isOver = engine.applied >= index && left === 0
    if (isOver || Date.now() > giveUpAt) return { schemaVersion: 1, nodes, groups }
    await new Promise((resolve) => setTimeout(resolve, lookMs))
  }
}

function moved(engine: Engine, id: string, from: string): Moved {
  const group = engine.groups.find((each) => each.id === id)
  if (group === undefined || group.holder === null) return { group: id, from, to: null, why: 'nobody has it' }
  const isThere = group.holder !== from && group.state === 'active'
  return { group: id, from, to: isThere ? group.holder : null, why: isThere ? group.cause : whyStill(engine, id) }
}

/** A paused group stays, and so does one that no other node could take. */
function canMove(engine: Engine, id: string): boolean {
  const group = engine.groups.find((each) => each.id === id)
  const { paused, pausedAll } = engine.maintenance
  if (group === undefined || pausedAll !== null || Object.hasOwn(paused, id)) return false
  return group.candidates.some(({ fitness }) => fitness.level === 'fit')
}

function whyStill(engine: Engine, id: string): string {
  const { paused, pausedAll } = engine.maintenance
  if (pausedAll !== null || Object.hasOwn(paused, id)) return 'it is paused'
  return canMove(engine, id) ? 'the move has not ended' : 'no other node could take it'
}
