import { networkInterfaces } from 'node:os'
import { access } from 'node:fs/promises'
import type { NodePlan } from './plan.ts'

/** What the loader accepts and is most likely not meant. */
export async function warningsFor(plan: NodePlan): Promise<string[]> {
  const { interface: name } = plan
  const isHere =
    name === null ||
    (await access(`/sys/class/net/${name}`).then(
      () => true,
      () => false,
    ))
  const movesNothing = /^groups: \{\}$/m.test(plan.cluster)
  return [
    ...(isHere ? [] : [`this machine has no interface ${name}; it has ${Object.keys(networkInterfaces()).join(', ')}: correct node.yaml`]),
    ...(movesNothing ? ['no --vip was given: nothing will move until groups are written into cluster.yaml'] : []),
  ]
}
