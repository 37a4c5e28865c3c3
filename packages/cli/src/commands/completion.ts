import { Args, Flags } from '@oclif/core'
import type { Client } from '@movip/core/client'
import { BaseCommand } from '../base-command.ts'
import { bashScript, zshScript } from '../completion/bash.ts'
import { fishScript } from '../completion/fish.ts'
import { grammarOf, nameKinds } from '../completion/grammar.ts'
import type { NameKind } from '../completion/grammar.ts'
import { connect, socketFlag } from '../daemon.ts'
import { CommandError, exitCodes } from '../failure.ts'
import { sitesOf } from '../forecast/outage.ts'

const shells = { bash: bashScript, zsh: zshScript, fish: fishScript }
type Shell = keyof typeof shells

/** Completion for shells. */
export default class Completion extends BaseCommand {
  static override summary = 'print the script that completes movip in a shell'
  static override description =
    'Completes commands, flags, and the names of groups and nodes, which the script asks the daemon of this node for.'
  static override examples = [
    'source <(<%= config.bin %> completion bash)',
    '<%= config.bin %> completion bash > /etc/bash_completion.d/<%= config.bin %>',
    '<%= config.bin %> completion fish > ~/.config/fish/completions/<%= config.bin %>.fish',
  ]
  static override enableJsonFlag = false
  static override args = { shell: Args.string({ description: 'shell to complete in', options: Object.keys(shells) }) }
  static override flags = {
    names: Flags.string({
      summary: 'print the names that the daemon knows instead, for the script',
      options: [...nameKinds],
      hidden: true,
    }),
    socket: socketFlag,
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Completion)
    if (flags.names !== undefined) {
      for (const name of await namesOf(await connect(flags), flags.names as NameKind)) this.log(name)
      return
    }
    if (args.shell === undefined) {
      const shellNames = Object.keys(shells)
      throw new CommandError({
        exitCode: exitCodes.usage,
        code: 'USAGE',
        message: 'for which shell?',
        fix: `write one of ${shellNames.map((shell) => `${this.config.bin} completion ${shell}`).join(', ')}`,
      })
    }
    process.stdout.write(shells[args.shell as Shell](this.config.bin, grammarOf(this.config.bin, this.config.commands)))
  }
}

/** Names of the cluster; places are what can fail. */
async function namesOf(client: Client, kind: NameKind): Promise<readonly string[]> {
  const { cluster } = await client.cluster()
  const nodes = cluster.nodes.map(({ id }) => id)
  if (kind === 'group') return cluster.groups.map(({ id }) => id)
  const sites = sitesOf(cluster.nodes)
  return { node: nodes, site: sites, place: [...nodes, ...sites] }[kind]
}
