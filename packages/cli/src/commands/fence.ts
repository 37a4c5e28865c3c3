import { Args, Flags } from '@oclif/core'
import type { FenceAnswer } from '@movip/core/client'
import { BaseCommand } from '../base-command.ts'
import { whoAsks } from '../change.ts'
import { connect, socketFlag } from '../daemon.ts'

/** A person's word instead of a fence agent's. */
export default class Fence extends BaseCommand {
  static override summary = 'confirm that a node is off, where movip could not fence it'
  static override description =
    'Groups with fence: required start nothing before their former holder has let go or is off. Where no fence agent can switch it off, look yourself, and say so with this command. Said of a node that is not off, it lets a service run twice: on shared storage that destroys data.'
  static override examples = ['<%= config.bin %> fence paris-1 --confirmed']
  static override args = { node: Args.string({ description: 'the node that is off', required: true }) }
  static override flags = {
    confirmed: Flags.boolean({ summary: 'I have seen that it is off', required: true }),
    yes: Flags.boolean({ char: 'y', summary: 'do not ask' }),
    socket: socketFlag,
  }

  async run(): Promise<FenceAnswer> {
    const { args, flags } = await this.parse(Fence)
    const client = await connect(flags)
    await this.confirm(`Is ${args.node} off, seen with your own eyes?`, flags.yes)
    const answer = await client.confirmOff(args.node, whoAsks())
    this.log(`${args.node} counts as off: ${answer.groups.join(', ')} may start elsewhere`)
    return answer
  }
}
