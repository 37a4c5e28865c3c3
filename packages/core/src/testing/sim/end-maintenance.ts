import type { MaintenanceOrder } from '../../model/index.ts'
import { violate } from './checks/violation.ts'
import type { Scene } from './scene.ts'

/** Orders that were under way when the faults ended are carried out within this. */
const SETTLING_LEASES = 4
const TRIES = 60

/** After all trouble an operator takes everything back into service, and asks until that is done. */
export function endMaintenance(scene: Scene): void {
  const { queue, leaseMs } = scene
  queue.runUntil(queue.now + SETTLING_LEASES * leaseMs)
  const nodes = scene.all[0]?.spec.nodes.map(({ id }) => id) ?? []
  let left: readonly MaintenanceOrder[] = [
    { action: 'resume', nodes },
    { action: 'unpause', group: null },
  ]
  for (let tries = 0; tries < TRIES && left.length > 0; tries++) {
    for (const order of left) {
      const note = { at: queue.now.toFixed(3), by: 'the last operator', what: order.action }
      scene.coordinator?.askForChange({ type: 'maintain', order, force: false, note }, (reply) => {
        if (reply.ok) left = left.filter((other) => other !== order)
      })
    }
    queue.runUntil(queue.now + leaseMs)
  }
  if (left.length > 0) violate('soon one', `nobody carries out ${left.map(({ action }) => action).join(' and ')} after the last fault`)
}
