import { Args, Flags } from '@oclif/core'
import type { Client, SwitchoverAnswer } from '@movip/core/client'
import { BaseCommand } from '../base-command.ts'
import { connect, socketFlag } from '../daemon.ts'
import { CommandError, exitCodeFor } from '../failure.ts'
import { untilEnded } from '../move-end.ts'
import type { Move } from '../move-end.ts'
import { phasesText } from '../views/phases.ts'

/** What to do after each refusal. */
const nextStep: Readonly<Record<string, string>> = {
  'no-quorum': 'see which voters are missing with: movip status',
  'unknown-group': 'see the groups with: movip status',
  'not-a-candidate': 'name a node that the group lists: movip status --json shows them',
  unfit: 'see why with: movip status',
  busy: 'wait for the move that is going on, then try again',
  timeout: 'see where the group is now with: movip status',
}

/** What `movip switchover` returns. */
interface SwitchoverResult extends SwitchoverAnswer {
  /** null: nothing moved, or the cluster does not remember it. */
  readonly phases: NonNullable<Move['phases']> | null
}

/** A planned move. */
export default class Switchover extends BaseCommand {
  static override summary = 'move a group to another node, the holder releasing first'
  static override description =
    'Waits until the other node serves the group, and shows how long each phase took. Without --to, the first fit node in order of preference takes it.'
  static override examples = ['<%= config.bin %> switchover web', '<%= config.bin %> switchover web --to paris-2 --yes']
  static override args = { group: Args.string({ description: 'group to move', required: true }) }
  static override flags = {
    to: Flags.string({ summary: 'node that is to hold the group', helpValue: 'node' }),
    yes: Flags.boolean({ char: 'y', summary: 'do not ask' }),
    socket: socketFlag,
  }

  async run(): Promise<SwitchoverResult> {
    const { args, flags } = await this.parse(Switchover)
    const client = await connect(flags)
    await this.confirm(`Move ${args.group} to ${flags.to ?? 'the next fit node'}?`, flags.yes)
    const answer = await client.switchover(args.group, flags.to)
    const { reply } = answer
    if (!reply.ok) {
      if (reply.code === 'not-a-candidate' && flags.to !== undefined) await refuseUnknownNode(client, flags.to)
      throw new CommandError({
        exitCode: exitCodeFor(reply.code),
        code: reply.code,
        message: reply.message,
        fix: nextStep[reply.code] ?? null,
        details: { tookMs: answer.tookMs },
      })
    }
    this.log(`${reply.group}: ${reply.from ?? 'nobody'} → ${reply.to} in ${Math.round(answer.tookMs)} ms (epoch ${reply.epoch})`)
    // It has moved, whether or not the daemon can tell how.
    const move = reply.from === reply.to ? null : await untilEnded(client, reply.epoch).catch(() => null)
    if (move !== null) this.log(`  ${phasesText(move)}`)
    return { ...answer, phases: move?.phases ?? null }
  }
}

/** A name that no node has is a slip of the pen, not a refusal by the cluster. */
async function refuseUnknownNode(client: Client, to: string): Promise<void> {
  const nodes = await client.status().then(
    ({ engine }) => engine.nodes.map(({ id }) => id),
    () => [to],
  )
  if (nodes.includes(to)) return
  throw new CommandError({
    exitCode: exitCodeFor('unknown-node'),
    code: 'unknown-node',
    message: `the cluster has no node ${to}`,
    fix: `write one of ${nodes.join(', ')}`,
  })
}
