import { z } from 'zod'
import { parseBody, Refusal } from './refusal.ts'
import type { Rejection } from './refusal.ts'
import type { TakeOverAnswer, TakeOverOffer, UpgradeAnswer, UpgradeState } from './types.ts'

const upgradeSchema = z.strictObject({ program: z.string().startsWith('/').max(4096).optional() })

const offerSchema = z.strictObject({
  word: z.string(),
  self: z.strictObject({ pid: z.int().positive(), startedAt: z.string() }),
  version: z.string(),
  formats: z.array(z.number()),
  start: z.array(z.string()).min(2),
  openMs: z.number().nonnegative(),
})

/** What the daemon answers about its being replaced by another program. */
export interface UpgradeHandlers {
  /** null: by the program that it runs already, as that is on the disk now. */
  begin(program: string | null): Promise<UpgradeAnswer | Rejection>
  state(): UpgradeState
  takeOver(offer: TakeOverOffer): Promise<TakeOverAnswer | Rejection>
}

export const upgradePaths: readonly string[] = ['/v1/upgrade', '/v1/take-over']

/** Answers what is about upgrades. null: this is about something else. */
export async function answerUpgrade(route: string, body: string, handlers: UpgradeHandlers): Promise<object | null> {
  if (route === 'GET /v1/upgrade') return handlers.state()
  if (route === 'POST /v1/take-over') return orRefuse(await handlers.takeOver(parseBody(body, offerSchema, 'see movip upgrade')))
  if (route !== 'POST /v1/upgrade') return null
  const { program } = parseBody(body, upgradeSchema, 'send {"program": "/absolute/path/to/movip"}, or {}')
  return orRefuse(await handlers.begin(program ?? null))
}

function orRefuse<T extends object>(answer: T | Rejection): object {
  if ('code' in answer) throw new Refusal(409, answer.code, answer.message, answer.fix)
  return answer
}
