import { readFile } from 'node:fs/promises'
import { Args } from '@oclif/core'
import { assertPrivate, loadClusterSpec, loadNodeConfig } from '@movip/core/config'
import { BaseCommand } from '../base-command.ts'
import { CommandError, exitCodes } from '../failure.ts'
import { invitationText } from '../init/invitation.ts'
import type { Invitation } from '../init/invitation.ts'

/** What `movip invite` returns. */
interface InviteResult extends Invitation {
  readonly schemaVersion: 1
}

/** All that another node needs to become a member. */
export default class Invite extends BaseCommand {
  static override summary = 'print the invitation with which movip init sets up another node'
  static override description =
    'The invitation holds the cluster.yaml of this node and the secret of the cluster: hand it over by a pipe or a closed file. The node must stand in cluster.yaml; in a running cluster, first bring that into force with movip apply.'
  static override examples = [
    'ssh root@10.0.0.11 <%= config.bin %> invite w | <%= config.bin %> init --witness',
    '<%= config.bin %> invite b > b.invitation',
  ]
  static override args = { node: Args.string({ description: 'node that is to come in', required: true }) }

  async run(): Promise<InviteResult> {
    const { args, flags } = await this.parse(Invite)
    const { node, bootstrap, nats } = await loadNodeConfig(flags.config)
    const [plane, ...others] = nats
    if (plane?.type !== 'embedded' || plane.tls !== undefined || others.length > 0)
      throw refused(
        'nodes that use several planes, NATS servers of their own, or TLS between them need what an invitation does not hold',
        'write node.yaml there by hand, as on this node',
      )
    const { nodes } = await loadClusterSpec(bootstrap)
    const known = nodes.map(({ id }) => id).filter((id) => id !== node)
    if (!known.includes(args.node))
      throw refused(
        args.node === node ? `${node} is this node` : `there is no node ${args.node} in ${bootstrap}`,
        known.length === 0
          ? `add it to the nodes in ${bootstrap}`
          : `write one of ${known.join(', ')}, or add it to the nodes in ${bootstrap}`,
      )
    await assertPrivate(plane.secretFile)
    const secret = (await readFile(plane.secretFile, 'utf8')).trim()
    const invitation = { node: args.node, secret, cluster: await readFile(bootstrap, 'utf8') }
    this.log(invitationText(invitation).trimEnd())
    return { schemaVersion: 1, ...invitation }
  }
}

function refused(message: string, fix: string): CommandError {
  return new CommandError({ exitCode: exitCodes.usage, code: 'USAGE', message, fix })
}
