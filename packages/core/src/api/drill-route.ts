import { z } from 'zod'
import { ISOLATE_MS_MAX } from '../engine/drill.ts'
import { parseBody, Refusal } from './refusal.ts'
import type { Rejection } from './refusal.ts'

const drillSchema = z.strictObject({
  group: z.string().min(1).max(256),
  epoch: z.int().positive(),
  fault: z.enum(['kill', 'isolate']),
  forMs: z.number().min(1000).max(ISOLATE_MS_MAX),
  unsupervised: z.boolean(),
})
const drillForm = 'send {"group": "web", "epoch": 12, "fault": "kill", "forMs": 10000, "unsupervised": false}'

/** A fault that the holder of a group is to suffer. */
export type DrillWish = z.infer<typeof drillSchema>

export const drillPath = '/v1/drill'

/** Has the holder suffer it. `perform` resolves with why it does not; null: it does. */
export async function answerDrill(body: string, perform: (wish: DrillWish) => Promise<Rejection | null>): Promise<object> {
  const rejection = await perform(parseBody(body, drillSchema, drillForm))
  if (rejection !== null) throw new Refusal(409, rejection.code, rejection.message, rejection.fix)
  return { schemaVersion: 1 }
}
