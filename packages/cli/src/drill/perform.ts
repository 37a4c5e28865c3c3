import { setTimeout as sleep } from 'node:timers/promises'
import { longestMoveMs } from '@movip/core/client'
import type { Client } from '@movip/core/client'
import type { DrillFault } from '@movip/core/drill'
import type { Picture } from '@movip/core/forecast'
import { CommandError, exitCodeFor, exitCodes } from '../failure.ts'
import { untilEnded } from '../move-end.ts'
import type { Move } from '../move-end.ts'
import { outageIn, probeEveryMs, startProbe } from './probe.ts'
import type { Probe, Target } from './probe.ts'
import { restore } from './restore.ts'
import type { Returned } from './restore.ts'
import { servedAnew, Story } from './story.ts'

/** What is to be done to whom. */
export interface DrillPlan {
  readonly group: string
  readonly fault: DrillFault
  readonly holder: string
  readonly to: string
  readonly epoch: number
  /** Which life of the holder's daemon it is. */
  readonly generation: number
  /** Every group that the holder has, so that it gets them back. */
  readonly held: readonly string[]
  readonly forMs: number
  readonly unsupervised: boolean
  /** null: nothing is knocked at, for this reason. */
  readonly target: Target | null
  readonly whyNoTarget: string
}

/** What clients would have noticed, and how that is known. */
export interface SeenOutage {
  /** null: it was not measured. */
  readonly ms: number | null
  readonly from: string
  readonly target: Target | null
  readonly everyMs: number
  /** Why it was not measured; null: it was. */
  readonly why: string | null
}

/** What came of a drill. */
export interface DrillOutcome {
  readonly to: string
  /** From the fault until this node knew that the group is served again, ms. */
  readonly servedAfterMs: number
  readonly outage: SeenOutage
  /** The move to the other node; null: it is not remembered. */
  readonly move: Move | null
  readonly returned: readonly Returned[]
}

/** Longer than any profile takes to notice and to decide; a group that is not served by then and its service's own time is a finding. */
const noticeMs = 45_000
const firstAnswerMs = 3000
/** Clients may be stranded for a moment after the move: that counts, too. */
const afterwardsMs = 1000

/**
 * Has the fault happen, measures it, and puts everything back where it was, also when it is broken off or goes wrong in between. `say`
 * tells people what is going on.
 */
export async function performDrill(
  client: Client,
  picture: Picture,
  plan: DrillPlan,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<DrillOutcome> {
  const story = new Story(client, signal)
  const probe = plan.target === null ? null : startProbe(plan.target)
  try {
    const answered = (await probe?.untilAnswered(firstAnswerMs)) ?? false
    if (signal.aborted) throw new CommandError({ exitCode: exitCodes.failed, code: 'INTERRUPTED', message: 'nothing was done', fix: null })
    const began = performance.now()
    await strike(client, plan)
    const suffered = await suffer({ client, story, plan, probe, answered, began, picture }).catch((error: unknown) => ({
      error,
    }))
    say('putting everything back where it was')
    const returned = await restore({ client, story, picture, plan, began, say })
    if ('error' in suffered) throw suffered.error
    return { ...suffered, returned }
  } finally {
    await probe?.stop()
  }
}

/** Throws where the fault has surely not happened. Where nobody knows, what follows shows it. */
async function strike(client: Client, { group, fault, epoch, to, forMs, unsupervised }: DrillPlan): Promise<void> {
  try {
    if (fault === 'switchover') refuseUnlessBegun((await client.switchover(group, to)).reply)
    else await client.drill({ group, epoch, fault, forMs, unsupervised })
  } catch (error) {
    // The daemon that was asked may be the very one that dies.
    const isLost = error instanceof Error && error.name === 'ClientError' && 'code' in error && error.code !== 'REFUSED'
    if (!isLost) throw error
  }
}

function refuseUnlessBegun(reply: Awaited<ReturnType<Client['switchover']>>['reply']): void {
  if (reply.ok || reply.code === 'timeout' || reply.code === 'no-quorum') return
  throw new CommandError({
    exitCode: exitCodeFor(reply.code),
    code: reply.code,
    message: reply.message,
    fix: 'see why with: movip explain',
  })
}

interface Suffering {
  readonly client: Client
  readonly story: Story
  readonly plan: DrillPlan
  readonly probe: Probe | null
  /** Somebody had answered before the fault. */
  readonly answered: boolean
  readonly began: number
  readonly picture: Picture
}

async function suffer({ client, story, plan, probe, answered, began, picture }: Suffering): Promise<Omit<DrillOutcome, 'returned'>> {
  const { group, epoch, target } = plan
  const { node } = picture.status
  const servedMs = noticeMs + longestMoveMs(picture.spec)
  const served = await story.until((engine) => servedAnew(engine, group, epoch), servedMs)
  if (served === null) throw neverServed(plan, servedMs)
  const servedAfterMs = Math.round(performance.now() - began)
  await sleep(afterwardsMs)
  const attempts = (await probe?.stop()) ?? []
  const move = await untilEnded(client, served.epoch).catch(() => null)
  const about = { from: node, target, everyMs: probeEveryMs }
  const why = whyNotMeasured({ plan, answered, node, to: served.holder })
  const ms = why === null ? outageIn(attempts) : null
  const endless = ms === Infinity ? `nothing has answered ${said(target)} since the fault, though ${served.holder} serves it` : null
  return { to: served.holder, servedAfterMs, outage: { ...about, ms: endless === null ? ms : null, why: why ?? endless }, move }
}

function whyNotMeasured(of: {
  readonly plan: DrillPlan
  readonly answered: boolean
  readonly node: string
  readonly to: string
}): string | null {
  const { plan, answered, node, to } = of
  if (plan.target === null) return plan.whyNoTarget
  if (!answered) return `nothing answered ${said(plan.target)} before the fault: name an open port with --probe`
  if (node === plan.holder) return `this node, ${node}, was the holder: run the drill at another node to see what clients see`
  if (node === to) return `this node, ${node}, took the group: run the drill at a third node to see what clients see`
  return null
}

function said(target: Target | null): string {
  return target === null ? '' : `${target.host} port ${target.port}`
}

function neverServed({ group, fault }: DrillPlan, servedMs: number): CommandError {
  return new CommandError({
    exitCode: exitCodes.failed,
    code: 'NOT_SERVED',
    message: `${group} was not served again within ${servedMs / 1000} s after ${fault}`,
    fix: `see why with: movip explain ${group}`,
  })
}
