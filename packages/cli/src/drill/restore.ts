import { setTimeout as sleep } from 'node:timers/promises'
import { longestMoveMs } from '@movip/core/client'
import type { Client } from '@movip/core/client'
import type { Picture } from '@movip/core/forecast'
import { CommandError, exitCodes } from '../failure.ts'
import { untilEnded } from '../move-end.ts'
import type { Move } from '../move-end.ts'
import type { DrillPlan } from './perform.ts'
import { groupIn, isAtRest } from './story.ts'
import type { Engine, Story } from './story.ts'

/** A group that is back where it was before the drill, and the move that brought it; null: none was needed, or it is not remembered. */
export interface Returned {
  readonly group: string
  readonly move: Move | null
}

interface Restoring {
  readonly client: Client
  readonly story: Story
  readonly picture: Picture
  readonly plan: DrillPlan
  /** When the fault happened, by the monotonic clock. */
  readonly began: number
  readonly say: (line: string) => void
}

/** A daemon that somebody starts by hand takes longer than one that is started for them. */
const startMs = 120_000
const againMs = 500
/** An isolation ends by the clock of the node that is cut off, which began it a little later. */
const healMs = 500

/** Waits until the holder of before can take its groups again, moves them back, and waits until all is at rest. */
export async function restore(of: Restoring): Promise<readonly Returned[]> {
  const { story, plan, picture, began, say } = of
  const backMs = backMsOf(picture)
  // Until the fault is over all may look as before.
  if (plan.fault === 'isolate') await sleep(Math.max(0, began + plan.forMs - performance.now()) + healMs)
  if (plan.fault === 'kill' && plan.unsupervised) say(`start the daemon of ${plan.holder} again; waiting for it`)
  const returned: Returned[] = []
  for (const group of plan.held) returned.push({ group, move: await bringBack(of, group) })
  const isDone = (engine: Engine): true | null => (plan.held.every((group) => isAtRest(engine, picture.spec, group)) ? true : null)
  if ((await story.until(isDone, backMs, { always: true })) === null) throw notBack(plan, plan.group, 'the cluster does not come to rest')
  return returned
}

function backMsOf({ spec }: Picture): number {
  return startMs + longestMoveMs(spec)
}

async function bringBack({ client, story, plan, picture }: Restoring, group: string): Promise<Move | null> {
  const giveUpAt = performance.now() + backMsOf(picture) + plan.forMs
  let why = `${plan.holder} is not fit`
  while (performance.now() < giveUpAt) {
    const found = await story.until((engine) => standing(engine, group, plan), giveUpAt - performance.now(), { always: true })
    if (found === null) break
    if (found === 'back') return null
    const answer = await client.switchover(group, plan.holder).catch(() => null)
    if (answer?.reply.ok === true) return untilEnded(client, answer.reply.epoch).catch(() => null)
    why = answer?.reply.ok === false ? answer.reply.message : why
    await sleep(againMs)
  }
  throw notBack(plan, group, why)
}

/** It is with its holder of before, which is well again, or could go there. null: neither. */
function standing(engine: Engine, id: string, { holder, fault, generation }: DrillPlan): 'back' | 'fit' | null {
  const group = groupIn(engine, id)
  const node = engine.nodes.find((each) => each.id === holder)
  const isHeard = engine.quorum && (node?.heardAgoMs ?? Infinity) < recentMs
  const isOver = fault !== 'kill' || (node?.generation ?? 0) > generation
  if (group?.state !== 'active' || !isHeard || !isOver) return null
  if (group.holder === holder) return 'back'
  return group.candidates.find((candidate) => candidate.node === holder)?.fitness.level === 'fit' ? 'fit' : null
}

const recentMs = 2000

function notBack({ holder }: DrillPlan, group: string, why: string): CommandError {
  return new CommandError({
    exitCode: exitCodes.failed,
    code: 'NOT_RESTORED',
    message: `${group} is not back on ${holder}: ${why}`,
    fix: `see movip status; once ${holder} is fit: movip switchover ${group} --to ${holder}`,
  })
}
