import { z } from 'zod'
import type { ConfigProblem } from '../config/problem.ts'

/** Why something was not done, and the next step. */
export interface Rejection {
  readonly code: string
  readonly message: string
  readonly fix: string
  /** Of a configuration: each mistake with its place. */
  readonly problems?: readonly ConfigProblem[]
}

/** An answer that is an error by itself. */
export class Refusal extends Error {
  readonly status: number
  readonly code: string
  readonly fix: string
  private mistakes: Pick<Rejection, 'problems'> = {}
  constructor(status: number, code: string, message: string, fix: string) {
    super(message)
    this.status = status
    this.code = code
    this.fix = fix
  }

  static of(status: number, { code, message, fix, problems }: Rejection): Refusal {
    const refusal = new Refusal(status, code, message, fix)
    if (problems !== undefined) refusal.mistakes = { problems }
    return refusal
  }

  get rejection(): Rejection {
    const { code, message, fix } = this
    return { code, message, fix, ...this.mistakes }
  }
}

/** The body of a request. Throws `Refusal` with the form that is expected. */
export function parseBody<T>(text: string, schema: z.ZodType<T>, form: string): T {
  let parsed: ReturnType<typeof schema.safeParse>
  try {
    parsed = schema.safeParse(JSON.parse(text))
  } catch {
    // What nests very deep is JSON, but exhausts the stack of whoever compares it with anything.
    throw new Refusal(400, 'INVALID', 'the body is not JSON, or nested too deep', form)
  }
  if (!parsed.success) throw new Refusal(400, 'INVALID', z.prettifyError(parsed.error), form)
  return parsed.data
}
