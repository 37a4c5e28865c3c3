import { BaseCommand } from '../base-command.ts'

/** The daemon. */
export default class Run extends BaseCommand {
  static override summary = 'run the daemon of this node'
  static override description = 'Runs until it is told to stop. SIGTERM hands the groups over and ends; a second SIGTERM ends at once.'
  static override examples = ['<%= config.bin %> run', '<%= config.bin %> run --config ./node.yaml']
  static override enableJsonFlag = false

  async run(): Promise<void> {
    const { flags } = await this.parse(Run)
    const [{ loadNodeConfig }, { runDaemon }] = await Promise.all([import('@movip/core/config'), import('@movip/core')])
    process.exitCode = await runDaemon({ node: await loadNodeConfig(flags.config), version: this.config.version })
  }
}
