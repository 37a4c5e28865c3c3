import { z } from 'zod'

/** Why something was not done, and the next step. */
export interface Rejection {
  readonly code: string
  readonly message: string
  readonly fix: string
}

/** An answer that is an error by itself. */
export class Refusal extends Error {
  readonly status: number
  readonly code: string
  readonly fix: string
  constructor(status: number, code: string, message: string, fix: string) {
    super(message)
    this.status = status
    this.code = code
    this.fix = fix
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
