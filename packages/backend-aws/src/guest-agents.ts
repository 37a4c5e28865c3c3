import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Finding } from '@movip/core/backend'

/** Programs that give an interface whatever secondary addresses AWS tells of, and how each is kept from it. */
const agents = [
  {
    name: 'amazon-ec2-net-utils',
    files: [
      'usr/lib/systemd/system/refresh-policy-routes@.timer',
      'lib/systemd/system/refresh-policy-routes@.timer',
      'etc/udev/rules.d/53-ec2-network-interfaces.rules',
    ],
    fix: 'switch it off for this interface: systemctl mask --now refresh-policy-routes@<interface>.timer policy-routes@<interface>.service',
  },
  {
    name: 'cloud-init (hotplug)',
    files: ['etc/udev/rules.d/90-cloud-init-hook-hotplug.rules', 'lib/udev/rules.d/90-cloud-init-hook-hotplug.rules'],
    fix: 'take "hotplug" out of updates.network.when in /etc/cloud/cloud.cfg.d',
  },
] as const

/** An agent that brings the address up by itself brings it up without a lease. */
export function guestAgents(root = '/'): readonly Finding[] {
  return agents
    .filter(({ files }) => files.some((file) => existsSync(join(root, file))))
    .map(({ name, fix }) => ({
      severity: 'warning',
      code: 'AWS_GUEST_AGENT',
      message: `${name} is on this machine: it gives the interface what AWS tells of, without the lease that movip holds the address by`,
      fix,
    }))
}
