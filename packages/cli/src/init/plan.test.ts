import { describe, expect, it } from 'vitest'
import { planFiles } from './plan.ts'

const places = { of: 'machine', dir: '/etc/movip', unitDir: '/etc/movip', data: '/srv/movip', socket: '/run/movip/movip.sock' } as const

/** The unit of node `a`, or of another, where group `web` of `a` and `b` has this service. */
async function unitFor(service: string, node = 'a'): Promise<string> {
  const cluster = `cluster: shop
nodes:
  a: { site: paris, address: 10.0.0.11 }
  b: { site: rome, address: 10.0.0.12 }
  c: { site: oslo, address: 10.0.0.13 }
groups:
  web:
    nodes: [a, b]
    endpoints: [{ backend: arp, address: 10.0.0.50/24, interface: lan }]
${service === '' ? '' : `    service: ${service}\n`}`
  const files = await planFiles({ node, address: '10.0.0.11', interface: 'eth0', cluster }, places, ['/usr/bin/movip'])
  return files.find(({ path }) => path.endsWith('movip.service'))?.text ?? ''
}

/** What a child of the daemon would be kept from, or would not share with the machine. */
const bounds = /^(CapabilityBoundingSet|AmbientCapabilities|NoNewPrivileges|Restrict\w+|Protect\w+|Private\w+|ReadWritePaths|UMask)=/m
const ocf = '{ ocf: heartbeat:Filesystem, parameters: { device: /dev/sdb1, directory: /srv/files, fstype: ext4 } }'

describe('the unit that init writes', () => {
  it('grants what addresses need, and no more, where no service is a child of the daemon', async () => {
    for (const unit of [await unitFor(''), await unitFor('{ systemd: nginx.service }'), await unitFor(ocf, 'c')]) {
      expect(unit).toContain('\nCapabilityBoundingSet=CAP_NET_ADMIN CAP_NET_RAW CAP_SYS_NICE\n')
      expect(unit).toContain('\nReadWritePaths=/srv/movip\nRuntimeDirectory=movip\n')
    }
  })

  it('bounds nothing that a service would inherit which the daemon starts on this node', async () => {
    const unit = await unitFor(ocf)
    expect(unit).not.toMatch(bounds)
    expect(unit).toContain('\nCPUSchedulingPolicy=rr\n')
    expect(unit).toContain('\nStateDirectoryMode=0700\n')
  })
})
