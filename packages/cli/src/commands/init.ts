import { mkdir, realpath } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { Flags } from '@oclif/core'
import { BaseCommand } from '../base-command.ts'
import { answersFromFlags } from '../init/answers.ts'
import type { Answers } from '../init/answers.ts'
import { commandsElsewhere } from '../init/elsewhere.ts'
import { clusterYaml } from '../init/files.ts'
import { readInvitation } from '../init/invitation.ts'
import { planFor } from '../init/join.ts'
import { planFiles } from '../init/plan.ts'
import type { NodePlan } from '../init/plan.ts'
import { warningsFor } from '../init/warnings.ts'
import { invitedSecret, planSecret, writeFiles } from '../init/write.ts'
import { isRoot, machinePlaces, userPlaces } from '../places.ts'
import type { Places } from '../places.ts'
import { initView } from '../views/init.ts'
import type { InitResult } from '../views/init.ts'

/** Flags that found a cluster, and mean nothing to whom an invitation tells all that. */
const founding = ['cluster', 'node', 'self', 'vip', 'group', 'timing', 'secret-file']

/** Writes all that a node needs to start. */
export default class Init extends BaseCommand {
  static override summary = 'write the configuration, the secret and a systemd unit for this node'
  static override description =
    'On the first node it asks on a terminal for what the flags leave open, makes the secret of the cluster, and prints what to call on the others, who get all that by an invitation. Writes over nothing without --force. A witness needs no root: as an ordinary user it gets its files in ~/.config/movip and ~/.local/state/movip.'
  static override examples = [
    '<%= config.bin %> init',
    '<%= config.bin %> init --cluster shop --node a=10.0.0.11 --node b=10.0.0.12 --node w=10.2.0.4@office,witness --self a --vip 10.0.0.50/24 --interface eth0',
    'ssh root@10.0.0.11 <%= config.bin %> invite b | <%= config.bin %> init --join - --interface eth0',
    'ssh root@10.0.0.11 <%= config.bin %> invite w | <%= config.bin %> init --witness',
  ]
  static override flags = {
    cluster: Flags.string({ summary: 'name of the cluster', helpValue: 'name' }),
    node: Flags.string({
      summary: 'a node of the cluster; once for each. A witness votes and never holds a group',
      helpValue: 'name=address[@site][,witness]',
      multiple: true,
      multipleNonGreedy: true,
    }),
    self: Flags.string({ summary: 'which of the nodes this machine is', helpValue: 'name' }),
    join: Flags.string({
      summary: 'the invitation that movip invite printed on a node of the cluster; - for standard input',
      helpValue: 'file',
      exclusive: founding,
    }),
    witness: Flags.boolean({ summary: 'become a witness, also without root; the invitation comes from --join or standard input' }),
    vip: Flags.string({
      summary: 'address that moves, with its prefix',
      helpValue: 'address/prefix',
      multiple: true,
      multipleNonGreedy: true,
    }),
    interface: Flags.string({ summary: 'interface of this machine on which it lives', helpValue: 'name' }),
    group: Flags.string({ summary: 'name of the group that moves', default: 'service', helpValue: 'name' }),
    timing: Flags.string({ summary: 'how fast a failure is noticed', options: ['lan', 'wan', 'fast'], default: 'lan' }),
    dir: Flags.string({ summary: `folder for the configuration; ${machinePlaces.dir} if absent`, helpValue: 'folder' }),
    'unit-dir': Flags.string({ summary: 'folder for movip.service; the configuration folder if absent', helpValue: 'folder' }),
    data: Flags.string({ summary: `folder for the log of this node; ${machinePlaces.data} if absent`, helpValue: 'folder' }),
    'secret-file': Flags.string({ summary: 'a copy of the secret that the first node made', helpValue: 'file' }),
    force: Flags.boolean({ summary: 'write over existing files; over a secret only with that of an invitation' }),
  }

  async run(): Promise<InitResult> {
    const { flags } = await this.parse(Init)
    const usual = flags.witness && !isRoot() ? userPlaces() : machinePlaces
    const places = placesOf(flags, usual)
    const { plan, secret, elsewhere } =
      flags.join !== undefined || flags.witness ? await this.joining(flags, places) : await this.founding(flags, places)
    const command = [process.execPath, await realpath(process.argv[1] ?? '')]
    const files = await planFiles(plan, places, command)
    await writeFiles(files, secret.file, flags.force)
    for (const folder of [places.data, ...(places.of === 'user' ? [dirname(places.socket)] : [])])
      await mkdir(folder, { recursive: true, mode: 0o700 })
    const result: InitResult = {
      schemaVersion: 1,
      written: [...files, ...(secret.file === null ? [] : [secret.file])].map(({ path }) => path),
      secret: { path: secret.path, origin: secret.origin },
      self: plan.node,
      elsewhere,
      warnings: await warningsFor(plan),
    }
    for (const line of initView(result, files, places)) this.log(line)
    return result
  }

  private async founding(flags: FoundingFlags, places: Places): Promise<Outcome> {
    const answers = await this.answers(flags)
    const address = answers.nodes.find(({ name }) => name === answers.self)?.address ?? ''
    return {
      plan: { cluster: clusterYaml(answers), node: answers.self, address, interface: answers.interface },
      secret: await planSecret(places.dir, flags['secret-file']),
      elsewhere: commandsElsewhere(answers, {
        dir: places.dir,
        data: places.data,
        'unit-dir': flags['unit-dir'] === undefined ? undefined : places.unitDir,
      }),
    }
  }

  private async joining(flags: JoiningFlags, places: Places): Promise<Outcome> {
    const invitation = await readInvitation(flags.join ?? '-')
    const plan = await planFor(invitation, { witness: flags.witness, interface: flags.interface })
    return { plan, secret: invitedSecret(places.dir, invitation.secret), elsewhere: [] }
  }

  private async answers(flags: FoundingFlags): Promise<Answers> {
    if (!process.stdin.isTTY || this.jsonEnabled()) return answersFromFlags(flags)
    const { ask } = await import('../init/ask.ts')
    return ask(flags)
  }
}

type FoundingFlags = Parameters<typeof answersFromFlags>[0] & {
  readonly 'secret-file'?: string | undefined
  readonly 'unit-dir'?: string | undefined
}

interface JoiningFlags {
  readonly join?: string | undefined
  readonly witness: boolean
  readonly interface?: string | undefined
}

interface Outcome {
  readonly plan: NodePlan
  readonly secret: Awaited<ReturnType<typeof planSecret>>
  readonly elsewhere: readonly string[]
}

/** What flags say of the folders goes before what is usual. */
function placesOf(
  flags: { readonly dir?: string | undefined; readonly data?: string | undefined; readonly 'unit-dir'?: string | undefined },
  usual: Places,
): Places {
  const dir = resolve(flags.dir ?? usual.dir)
  const unitDir = resolve(flags['unit-dir'] ?? (flags.dir === undefined ? usual.unitDir : dir))
  return { ...usual, dir, unitDir, data: resolve(flags.data ?? usual.data) }
}
