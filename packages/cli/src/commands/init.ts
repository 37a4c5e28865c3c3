import { mkdir, realpath } from 'node:fs/promises'
import { resolve } from 'node:path'
import { Flags } from '@oclif/core'
import { BaseCommand } from '../base-command.ts'
import { answersFromFlags, commandFor } from '../init/answers.ts'
import type { Answers } from '../init/answers.ts'
import { planFiles } from '../init/plan.ts'
import { warningsFor } from '../init/warnings.ts'
import { planSecret, writeFiles } from '../init/write.ts'
import { initView } from '../views/init.ts'
import type { InitResult } from '../views/init.ts'

const usual = { dir: '/etc/movip', data: '/var/lib/movip' } as const

/** Writes all that a node needs to start. */
export default class Init extends BaseCommand {
  static override summary = 'write the configuration, the secret and a systemd unit for this node'
  static override description =
    'Asks on a terminal for what the flags leave open. Writes over nothing without --force. On the first node it makes the secret of the cluster; on the others name a copy of it with --secret-file.'
  static override examples = [
    '<%= config.bin %> init',
    '<%= config.bin %> init --cluster shop --node a=10.0.0.11 --node b=10.0.0.12 --node c=10.0.0.13 --self a --vip 10.0.0.50/24 --interface eth0',
    '<%= config.bin %> init --cluster shop --node a=10.0.0.11@paris --node b=10.1.0.11@lyon --node w=10.2.0.4@office --witness w --self b --interface eth0 --secret-file ./cluster.secret',
  ]
  static override flags = {
    cluster: Flags.string({ summary: 'name of the cluster', helpValue: 'name' }),
    node: Flags.string({
      summary: 'a node of the cluster; once for each',
      helpValue: 'name=address[@site]',
      multiple: true,
      multipleNonGreedy: true,
    }),
    self: Flags.string({ summary: 'which of the nodes this machine is', helpValue: 'name' }),
    witness: Flags.string({
      summary: 'a node that votes and never holds a group',
      helpValue: 'name',
      multiple: true,
      multipleNonGreedy: true,
    }),
    vip: Flags.string({
      summary: 'address that moves, with its prefix',
      helpValue: 'address/prefix',
      multiple: true,
      multipleNonGreedy: true,
    }),
    interface: Flags.string({ summary: 'interface of this machine on which it lives', helpValue: 'name' }),
    group: Flags.string({ summary: 'name of the group that moves', default: 'service', helpValue: 'name' }),
    timing: Flags.string({ summary: 'how fast a failure is noticed', options: ['lan', 'wan', 'fast'], default: 'lan' }),
    dir: Flags.string({ summary: 'folder for the configuration', default: usual.dir, helpValue: 'folder' }),
    'unit-dir': Flags.string({ summary: 'folder for movip.service; the configuration folder if absent', helpValue: 'folder' }),
    data: Flags.string({ summary: 'folder for the log of this node', default: usual.data, helpValue: 'folder' }),
    'secret-file': Flags.string({ summary: 'the secret that the first node made', helpValue: 'file' }),
    force: Flags.boolean({ summary: 'write over existing files, except the secret' }),
  }

  async run(): Promise<InitResult> {
    const { flags } = await this.parse(Init)
    const answers = await this.answers(flags)
    const data = resolve(flags.data)
    const command = [process.execPath, await realpath(process.argv[1] ?? '')]
    const files = await planFiles(answers, { dir: flags.dir, unitDir: flags['unit-dir'] ?? flags.dir, data, command })
    const secret = await planSecret(flags.dir, flags['secret-file'])
    await writeFiles(files, secret.file, flags.force)
    await mkdir(data, { recursive: true, mode: 0o700 })
    const written = [...files, ...(secret.file === null ? [] : [secret.file])].map(({ path }) => path)
    const others = answers.nodes.map(({ name }) => name).filter((name) => name !== answers.self)
    const result: InitResult = {
      schemaVersion: 1,
      written,
      secret: { path: secret.path, origin: secret.origin },
      self: answers.self,
      others,
      elsewhere: others.map((node) => commandFor(answers, node, foldersOf(flags))),
      warnings: await warningsFor(answers),
    }
    for (const line of initView(result, files)) this.log(line)
    return result
  }

  private async answers(flags: Parameters<typeof answersFromFlags>[0]): Promise<Answers> {
    if (!process.stdin.isTTY || this.jsonEnabled()) return answersFromFlags(flags)
    const { ask } = await import('../init/ask.ts')
    return ask(flags)
  }
}

function foldersOf(flags: { readonly dir: string; readonly data: string; readonly 'unit-dir'?: string | undefined }): string[] {
  const unitDir = flags['unit-dir']
  return [
    ...(flags.dir === usual.dir ? [] : [`--dir ${flags.dir}`]),
    ...(flags.data === usual.data ? [] : [`--data ${flags.data}`]),
    ...(unitDir === undefined ? [] : [`--unit-dir ${unitDir}`]),
  ]
}
