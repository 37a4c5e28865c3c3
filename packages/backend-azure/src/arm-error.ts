/** What Resource Manager has refused. */
export class ArmError extends Error {
  readonly statusCode: number
  readonly code: string
  /** How long to wait, as it says; null: it does not. */
  readonly retryAfterMs: number | null
  constructor(statusCode: number, code: string, message: string, retryAfterMs: number | null = null) {
    super(message)
    this.name = 'ArmError'
    this.statusCode = statusCode
    this.code = code
    this.retryAfterMs = retryAfterMs
  }
}

interface Body {
  readonly error?: { readonly code?: string; readonly message?: string }
}

/** The refusal in an answer. */
export function armErrorOf(status: number, text: string, retryAfter: string | undefined): ArmError {
  const seconds = Number(retryAfter ?? Number.NaN)
  const retryAfterMs = Number.isFinite(seconds) ? seconds * 1000 : null
  try {
    const { error } = JSON.parse(text) as Body
    return new ArmError(status, error?.code ?? String(status), error?.message ?? text, retryAfterMs)
  } catch {
    return new ArmError(status, String(status), text.slice(0, 200), retryAfterMs)
  }
}
