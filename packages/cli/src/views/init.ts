import type { PlannedFile } from '../init/plan.ts'
import type { SecretOrigin } from '../init/write.ts'
import { defaultConfig, usualConfig } from '../places.ts'
import type { Places } from '../places.ts'
import { paint } from './table.ts'

/** What `movip init` did. */
export interface InitResult {
  readonly schemaVersion: 1
  readonly written: readonly string[]
  readonly secret: { readonly path: string; readonly origin: SecretOrigin }
  readonly self: string
  /** What to call on each of the others; nothing where this node was invited itself. */
  readonly elsewhere: readonly string[]
  /** What was written as asked, and is most likely not meant. */
  readonly warnings: readonly string[]
}

/** What was written and what comes next, as people read it. */
export function initView(result: InitResult, files: readonly PlannedFile[], { of }: Pick<Places, 'of'>): string[] {
  const node = files.find(({ path }) => path.endsWith('node.yaml'))?.path ?? ''
  const unit = files.find(({ path }) => path.endsWith('movip.service'))?.path ?? ''
  const named = node === defaultConfig || node === usualConfig() ? '' : ` --config ${node}`
  return [
    ...result.written.map((path) => `${paint('green', 'wrote')}  ${path}`),
    ...(result.secret.origin === 'kept' ? [`${paint('yellow', 'kept')}   ${result.secret.path}`] : []),
    ...result.warnings.map((warning) => `${paint('yellow', 'warning')}  ${warning}`),
    '',
    ...elsewhereLines(result),
    `1. Look for what is missing:  movip check${named}`,
    ...(of === 'user' ? startAsUser(named) : [`2. Start it, on every node:   systemctl enable --now ${unit}`]),
    `3. See it:                    movip status${named}`,
  ]
}

/** The services of a user end when that user logs out, unless they may linger. */
function startAsUser(named: string): string[] {
  return [
    '2. Start it:                  loginctl enable-linger && systemctl --user enable --now movip.service',
    `   Without systemd:           movip run${named}`,
  ]
}

function elsewhereLines({ self, elsewhere }: InitResult): string[] {
  if (elsewhere.length === 0) return []
  return [
    paint('bold', `Run on each of the others. It brings them the configuration and the secret of ${self}:`),
    ...elsewhere.map((command) => `  ${command}`),
    '',
  ]
}
