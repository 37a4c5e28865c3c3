import { Args, Flags } from '@oclif/core'
import type { Client, SwitchoverAnswer } from '@movip/core/client'
import { BaseCommand } from '../base-command.ts'
import { connect, socketFlag } from '../daemon.ts'
import { CommandError, exitCodeFor, exitCodes } from '../failure.ts'
import { untilEnded } from '../move-end.ts'
import type { Move } from '../move-end.ts'
import { moveToSite, rehearseSite } from '../site-switchover.ts'
import type { SiteResult } from '../site-switchover.ts'
import { phasesText } from '../views/phases.ts'
import { arrivedLines, endLine, leftLine, rehearsalLines } from '../views/site-switchover.ts'

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

interface SiteFlags {
  readonly yes: boolean
  readonly 'dry-run': boolean
}

/** A planned move. */
export default class Switchover extends BaseCommand {
  static override summary = 'move a group to another node, or all groups to a site, the holder releasing first'
  static override description =
    'Waits until the other node serves the group, and shows how long each phase took. Without --to, the first fit node in order of preference takes it. With --site, all groups go to that site, one after the other, each to the best of its nodes there; it ends with the first that cannot be moved, and the same command goes on from there.'
  static override examples = [
    '<%= config.bin %> switchover web',
    '<%= config.bin %> switchover web --to paris-2 --yes',
    '<%= config.bin %> switchover --site ireland --dry-run',
  ]
  static override args = { group: Args.string({ description: 'group to move' }) }
  static override flags = {
    to: Flags.string({ summary: 'node that is to hold the group', helpValue: 'node', exclusive: ['site'] }),
    site: Flags.string({ summary: 'site to which all groups are to go', helpValue: 'site' }),
    'dry-run': Flags.boolean({ summary: 'only show what would go where', dependsOn: ['site'] }),
    yes: Flags.boolean({ char: 'y', summary: 'do not ask' }),
    socket: socketFlag,
  }

  async run(): Promise<SwitchoverResult | SiteResult> {
    const { args, flags } = await this.parse(Switchover)
    if ((args.group === undefined) === (flags.site === undefined))
      throw new CommandError({
        exitCode: exitCodes.usage,
        code: 'USAGE',
        message: args.group === undefined ? 'neither a group nor a site is named' : 'a group and a site are named',
        fix: 'write a group, or --site with a site, to which all groups are to go',
      })
    const client = await connect(flags)
    if (flags.site !== undefined) return this.moveAll(client, flags.site, flags)
    return this.moveOne(client, args.group ?? '', flags)
  }

  private async moveOne(
    client: Client,
    group: string,
    flags: { readonly to?: string | undefined; readonly yes: boolean },
  ): Promise<SwitchoverResult> {
    await this.confirm(`Move ${group} to ${flags.to ?? 'the next fit node'}?`, flags.yes)
    const answer = await client.switchover(group, flags.to)
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

  private async moveAll(client: Client, site: string, flags: SiteFlags): Promise<SiteResult> {
    const rehearsed = await rehearseSite(client, site)
    if (flags['dry-run'] || rehearsed.moved.length === 0) {
      for (const line of rehearsalLines(rehearsed)) this.log(line)
      return rehearsed
    }
    await this.confirm(`Move ${rehearsed.moved.map(({ group }) => group).join(', ')} to ${site}, one after the other?`, flags.yes)
    const began = performance.now()
    const result = await moveToSite(client, site, {
      onArrived: (arrived) => arrivedLines(arrived).forEach((line) => this.log(line)),
      onLeft: (left) => this.log(leftLine(left)),
    })
    const { failed } = result
    if (failed !== null)
      throw new CommandError({
        exitCode: exitCodeFor(failed.code),
        code: failed.code,
        message: `${failed.group} did not move, and what comes after it was not tried: ${failed.why}`,
        fix: `${nextStep[failed.code] ?? 'see why with: movip status'}; the same command then goes on from there`,
        details: { ...result },
      })
    this.log(endLine(result, performance.now() - began))
    return result
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
