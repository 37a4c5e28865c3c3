import type { Finding } from '@movip/core/backend'
import { judgeDevice } from '@movip/core/config'
import type { NodeConfig } from '@movip/core/config'
import type { ClusterSpec } from './run-checks.ts'

const patienceMs = 10_000

/** Whether this node could fence the others that may hold a group which asks for it. */
export async function checkFence({ node, fence }: NodeConfig, { nodes, groups }: ClusterSpec): Promise<Finding[]> {
  const mine = groups.filter((group) => group.fence !== undefined && group.nodes.includes(node))
  const others = nodes.filter(({ id }) => id !== node && mine.some((group) => group.nodes.includes(id)))
  const findings: Finding[] = []
  for (const { id, fence: devices = [] } of others) {
    for (const device of devices) {
      const found = await judgeDevice(device, fence?.secrets ?? {}, AbortSignal.timeout(patienceMs))
      findings.push(...found.map((finding) => ({ ...finding, message: `to fence ${id}: ${finding.message}` })))
    }
  }
  return findings
}
