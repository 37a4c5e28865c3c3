import { z } from 'zod'
import { parseBody, Refusal } from './refusal.ts'
import type { Rejection } from './refusal.ts'
import type { ApplyAnswer, FenceAnswer, HistoryAnswer, MaintenanceAnswer, PlanAnswer } from './types.ts'

const name = z.string().min(1).max(256)
const version = z.int().nonnegative()
const target = z.union([z.strictObject({ cluster: z.string(), file: name.optional() }), z.strictObject({ version })])
const planSchema = z.strictObject({ target })
const applySchema = z.strictObject({ target, version, by: name })
const maintenanceSchema = z.union([
  z.strictObject({ action: z.enum(['drain', 'resume']), nodes: z.array(name).min(1).max(1024), force: z.boolean().optional(), by: name }),
  z.strictObject({ action: z.enum(['pause', 'unpause']), group: name.nullable(), by: name }),
])
const fenceSchema = z.strictObject({ node: name, by: name })
const targetForm = '"target": {"cluster": "<the text of cluster.yaml>"}, or {"version": 12}'

/** The configuration that is wanted: the text of a file, or one that was in force before. */
export type Target = z.infer<typeof target>
export type ApplyWish = z.infer<typeof applySchema>
export type MaintenanceWish = z.infer<typeof maintenanceSchema>
export type FenceWish = z.infer<typeof fenceSchema>

type Answered<T> = Omit<T, 'schemaVersion'> | Rejection

/** What the daemon answers about changes that operators make. */
export interface ChangeHandlers {
  plan(wanted: Target): Promise<Answered<PlanAnswer>>
  apply(wish: ApplyWish): Promise<Answered<ApplyAnswer>>
  history(): Omit<HistoryAnswer, 'schemaVersion'>
  maintain(wish: MaintenanceWish): Promise<Answered<MaintenanceAnswer>>
  confirmOff(wish: FenceWish): Promise<Answered<FenceAnswer>>
}

export const changePaths: readonly string[] = ['/v1/plan', '/v1/apply', '/v1/history', '/v1/maintenance', '/v1/fence']

/** Answers what is about changes. null: this is about something else. */
export async function answerChange(route: string, body: string, handlers: ChangeHandlers): Promise<object | null> {
  switch (route) {
    case 'POST /v1/plan':
      return orRefuse(await handlers.plan(parseBody(body, planSchema, `send {${targetForm}}`).target))
    case 'POST /v1/apply':
      return orRefuse(await handlers.apply(parseBody(body, applySchema, `send {${targetForm}, "version": 12, "by": "name"}`)))
    case 'GET /v1/history':
      return { schemaVersion: 1, ...handlers.history() }
    case 'POST /v1/maintenance':
      return orRefuse(await handlers.maintain(parseBody(body, maintenanceSchema, 'send {"action": "drain", "nodes": ["a"], "by": "name"}')))
    case 'POST /v1/fence':
      return orRefuse(await handlers.confirmOff(parseBody(body, fenceSchema, 'send {"node": "a", "by": "name"}')))
    default:
      return null
  }
}

/** What is wrong with the wish itself is told apart from what cannot be done at present. */
const wrong: ReadonlySet<string> = new Set(['CONFIG_INVALID', 'unknown-version', 'unknown-node', 'unknown-group'])

function orRefuse(answered: object | Rejection): object {
  if ('code' in answered) throw Refusal.of(wrong.has(answered.code) ? 400 : 409, answered)
  return { schemaVersion: 1, ...answered }
}
