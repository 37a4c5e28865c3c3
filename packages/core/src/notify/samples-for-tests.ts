import type { Logger } from '../ports.ts'
import type { NotifyTarget } from '../model/index.ts'
import { messageOf } from './message.ts'
import type { NotifyMessage } from './message.ts'
import type { Notice } from './notice.ts'

export interface Line {
  readonly level: string
  readonly event: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** A logger that keeps its lines. */
export function keepingLogger(): { readonly logger: Logger; readonly lines: Line[] } {
  const lines: Line[] = []
  const at =
    (level: string) =>
    (event: string, fields: Readonly<Record<string, unknown>> = {}): void =>
      void lines.push({ level, event, fields })
  return { lines, logger: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') } }
}

export function noticeOf(id: string, about: Partial<Notice> = {}): Notice {
  return { id, moment: 'active', at: '2026-01-01T00:00:00.000Z', text: `told of ${id}`, nodes: ['n1'], ...about }
}

export function sampleMessage(...ids: readonly string[]): NotifyMessage {
  return messageOf({ target: 'ops', cluster: 'shop', node: 'n1', notices: ids.map((id) => noticeOf(id)), omitted: 0, lost: 0 })
}

export function targetOf(about: Partial<NotifyTarget> = {}): NotifyTarget {
  return { id: 'ops', burstMs: 5000, perMinute: 6, timeoutMs: 10_000, via: { type: 'webhook', url: 'http://127.0.0.1:9/' }, ...about }
}
