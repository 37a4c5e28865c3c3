import { Args } from '@oclif/core'
import type { MaintenanceAnswer } from '@movip/core/client'
import { BaseCommand } from '../base-command.ts'
import { whoAsks } from '../change.ts'
import { connect, socketFlag } from '../daemon.ts'

/** Back in service. */
export default class Resume extends BaseCommand {
  static override summary = 'take a drained node, or all nodes of a site, back into service'
  static override description = 'It may hold groups again. None moves there for this alone: see movip switchover.'
  static override examples = ['<%= config.bin %> resume paris-1', '<%= config.bin %> resume paris']
  static override args = { 'node|site': Args.string({ description: 'node or site', required: true }) }
  static override flags = { socket: socketFlag }

  async run(): Promise<MaintenanceAnswer> {
    const { args, flags } = await this.parse(Resume)
    const client = await connect(flags)
    const answer = await client.maintain({ action: 'resume', nodes: [args['node|site']], by: whoAsks() })
    this.log(`${answer.nodes.join(', ')} may hold groups again`)
    return answer
  }
}
