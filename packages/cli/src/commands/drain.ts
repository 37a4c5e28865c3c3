import { Args, Flags } from '@oclif/core'
import { BaseCommand } from '../base-command.ts'
import { connect, socketFlag } from '../daemon.ts'
import { exitCodes } from '../failure.ts'
import { drain } from '../maintain.ts'
import type { DrainResult } from '../maintain.ts'
import { drainView } from '../views/maintain.ts'

/** A node or a site out of service. */
export default class Drain extends BaseCommand {
  static override summary = 'take a node, or all nodes of a site, out of service'
  static override description =
    'Its groups move away as in a switchover, and none goes there until movip resume, whatever is restarted meanwhile. Its vote counts on. Refused where a group would be left without a fit node; with --force such a group stays where it is.'
  static override examples = ['<%= config.bin %> drain paris-1', '<%= config.bin %> drain paris --yes']
  static override args = { 'node|site': Args.string({ description: 'node or site', required: true }) }
  static override flags = {
    force: Flags.boolean({ summary: 'also where no other node could take a group' }),
    yes: Flags.boolean({ char: 'y', summary: 'do not ask' }),
    socket: socketFlag,
  }

  async run(): Promise<DrainResult> {
    const { args, flags } = await this.parse(Drain)
    const client = await connect(flags)
    await this.confirm(`Move everything away from ${args['node|site']}?`, flags.yes)
    const result = await drain(client, [args['node|site']], flags.force)
    for (const line of drainView(result)) this.log(line)
    if (!flags.force && result.groups.some(({ to }) => to === null)) process.exitCode = exitCodes.failed
    return result
  }
}
