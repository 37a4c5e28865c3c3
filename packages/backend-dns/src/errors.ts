import { BackendError } from '@movip/core/backend'
import type { BackendErrorCode, Finding } from '@movip/core/backend'

/** What became of asking for a record, or of changing it, under a name of its own for a look beforehand. */
export class DnsError extends BackendError {
  /** For example `DNS_NO_ANSWER`. */
  readonly finding: string
  constructor(finding: string, code: BackendErrorCode, message: string, fix: string) {
    super(code, message, fix)
    this.name = 'DnsError'
    this.finding = finding
  }
}

/** An error of somebody who was asked, as a finding. */
export function findingOf(error: unknown): Finding {
  if (!(error instanceof BackendError)) throw error
  const code = error instanceof DnsError ? error.finding : `DNS_${error.code}`
  return { severity: 'error', code, message: error.message, fix: error.fix }
}
