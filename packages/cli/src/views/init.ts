import type { PlannedFile } from '../init/plan.ts'
import type { SecretOrigin } from '../init/write.ts'
import { defaultConfig } from '../local-config.ts'
import { paint } from './table.ts'

/** What `movip init` did. */
export interface InitResult {
  readonly schemaVersion: 1
  readonly written: readonly string[]
  readonly secret: { readonly path: string; readonly origin: SecretOrigin }
  readonly self: string
  readonly others: readonly string[]
  /** What to call on each of the others. */
  readonly elsewhere: readonly string[]
  /** What was written as asked, and is most likely not meant. */
  readonly warnings: readonly string[]
}

/** What was written and what comes next, as people read it. */
export function initView(result: InitResult, files: readonly PlannedFile[]): string[] {
  const node = files.find(({ path }) => path.endsWith('node.yaml'))?.path ?? ''
  const unit = files.find(({ path }) => path.endsWith('movip.service'))?.path ?? ''
  return [
    ...result.written.map((path) => `${paint('green', 'wrote')}  ${path}`),
    ...(result.secret.origin === 'kept' ? [`${paint('yellow', 'kept')}   ${result.secret.path}`] : []),
    ...result.warnings.map((warning) => `${paint('yellow', 'warning')}  ${warning}`),
    '',
    ...secretLines(result),
    `1. Look for what is missing:  movip check --config ${node}`,
    `2. Start it, on every node:   systemctl enable --now ${unit}`,
    `3. See it:                    movip status${node === defaultConfig ? '' : ` --config ${node}`}`,
  ]
}

function secretLines({ secret, others, self, elsewhere }: InitResult): string[] {
  if (secret.origin !== 'made' || others.length === 0) return []
  return [
    paint('bold', `The secret ${secret.path} was made here, on ${self}. It must be the same on ${others.join(', ')}.`),
    'Copy it there in a safe way (scp), keep it closed to others (chmod 600), and run there:',
    ...elsewhere.map((command) => `  ${command}`),
    '',
  ]
}
