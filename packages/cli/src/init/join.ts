import { backendsNamed, clusterSpecFromText, resolvePlugins } from '@movip/core/config'
import { CommandError, exitCodes } from '../failure.ts'
import { readable } from './plan.ts'
import type { NodePlan } from './plan.ts'
import type { Invitation } from './invitation.ts'

/** How somebody wants to come in. */
export interface Wish {
  readonly witness: boolean
  readonly interface: string | undefined
}

/** What the files of an invited node are made of. */
export async function planFor({ node, cluster }: Invitation, wish: Wish): Promise<NodePlan> {
  const plugins = await resolvePlugins(backendsNamed(cluster))
  const spec = readable(() => clusterSpecFromText(cluster, 'cluster.yaml', plugins))
  const self = spec.nodes.find(({ id }) => id === node)
  if (self === undefined)
    throw refused(`the invitation is for ${node}, which is not among the nodes of its cluster.yaml`, 'get another one')
  if (wish.witness && !self.witness)
    throw refused(`${node} is no witness in the cluster ${spec.name}`, `join as root with: movip init --join - --interface <name>`)
  if (!self.witness && wish.interface === undefined)
    throw refused(`${node} may hold groups, and --interface is missing`, 'name the interface of this machine on which their addresses live')
  return { cluster, node, address: self.address, interface: self.witness ? null : (wish.interface ?? null) }
}

function refused(message: string, fix: string): CommandError {
  return new CommandError({ exitCode: exitCodes.usage, code: 'USAGE', message, fix })
}
