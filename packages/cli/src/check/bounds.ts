import type { Finding } from '@movip/core/backend'
import { startedServices } from '../started-services.ts'
import type { ClusterSpec, Daemon } from './run-checks.ts'

/** Whether the unit of the daemon that runs also bounds services that the daemon starts here: they inherit what it forbids. */
export function checkBounds(node: string, spec: ClusterSpec, daemon: Daemon): readonly Finding[] {
  if (daemon === 'absent' || daemon instanceof Error) return []
  const services = startedServices(node, spec)
  const { bounds = [] } = daemon
  if (services.length === 0 || bounds.length === 0) return []
  return [
    {
      severity: 'warning',
      code: 'SERVICES_BOUNDED',
      message: `the daemon starts ${services.join(', ')} here, which inherits what its unit forbids: ${bounds.join('; ')}`,
      fix: 'take these bounds away where the service needs more: systemctl edit movip, with the lines in docs/operations.md under "The systemd unit and its rights"; then systemctl restart movip',
    },
  ]
}
