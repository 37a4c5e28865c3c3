import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { Flags } from '@oclif/core'
import { BaseCommand } from '../base-command.ts'

/**
 * A small, even heap and one helper thread: a daemon that mostly waits needs little memory, every thread takes a real-time priority along, and
 * code that runs ten times a second is not worth the compiler's highest tier, but may reach the middle one sooner after its types have settled.
 */
const nodeFlags = ['--disable-warning=ExperimentalWarning', '--v8-pool-size=1']
const engineFlags = ['--max-semi-space-size=4', '--single-threaded-gc', '--max-opt=2', '--minimum-invocations-after-ic-update=60']

/** The daemon. */
export default class Run extends BaseCommand {
  static override summary = 'run the daemon of this node'
  static override description = 'Runs until it is told to stop. SIGTERM hands the groups over and ends; a second SIGTERM ends at once.'
  static override examples = ['<%= config.bin %> run', '<%= config.bin %> run --config ./node.yaml']
  static override enableJsonFlag = false
  static override flags = { json: Flags.boolean({ summary: 'log as JSON even on a terminal' }) }

  /** Refuses a wrong configuration like every command, then replaces this process by the daemon's (same pid). */
  async run(): Promise<void> {
    const { flags } = await this.parse(Run)
    const { loadNodeConfig } = await import('@movip/core/config')
    const { file } = await loadNodeConfig(flags.config)
    const main = fileURLToPath(new URL('../../bin/daemon.js', import.meta.url))
    process.execve?.(
      process.execPath,
      ['movip', ...nodeFlags, ...knownEngineFlags(), main, file, this.config.version, flags.json ? 'json' : ''],
      process.env,
    )
    throw new Error('this system cannot replace a process by another: run the daemon on Linux')
  }
}

/** They only tune, but Node refuses to start with one that its engine does not know any more: a later Node goes without it. */
function knownEngineFlags(): readonly string[] {
  const known = execFileSync(process.execPath, ['--v8-options'], { encoding: 'utf8' })
  return engineFlags.filter((flag) => known.includes(`  ${flag.split('=')[0]} (`))
}
