import type { NotifyAnswer } from '@movip/core/client'
import { paint, span } from './table.ts'

/** What each target said to the test, as people read it. */
export function notifyView({ targets }: NotifyAnswer): string[] {
  if (targets.length === 0) return ['nobody is told anything: there is no notify: in the configuration that is in force']
  return targets.map(({ target, ok, said, tookMs }) =>
    ok ? `${paint('green', 'sent')}  ${target}: ${said} (${span(tookMs)})` : `${paint('red', 'failed')}  ${target}: ${said}`,
  )
}
