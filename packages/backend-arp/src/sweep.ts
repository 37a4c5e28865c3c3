import type { SweepContext } from '@movip/core/backend'
import { BackendError } from '@movip/core/backend'
import { run } from './command.ts'
import { tableName, withoutTables } from './gate-rules.ts'
import { hasHost } from './host.ts'
import { RIGHTS_FIX, saysDenied } from './rights.ts'
import { readIpLinks, readSetElements } from './tool-output.ts'

/**
 * Takes down what an earlier life left in this network namespace: closes the gate, removes the addresses behind it, then
 * the gate itself, so that a person may use the address by hand. Uses only `nft` and `ip`: it must work when nothing else does.
 * Where endpoints of this process already stand behind the gate, it stays.
 */
export async function sweep({ cluster, logger, forGood }: SweepContext): Promise<readonly string[]> {
  const table = tableName(cluster)
  // Ports stay shut until a daemon opens them again: a load balancer may go on sending traffic here for a while.
  const families = forGood === true ? (['netdev', 'inet'] as const) : (['netdev'] as const)
  await run('nft', ['flush', 'set', 'inet', table, 'heldports'])
  const closing = await run('nft', ['-f', '-'], `flush set netdev ${table} held4\nflush set netdev ${table} held6\n`)
  if (closing.code !== 0) {
    if (/No such file or directory/.test(closing.stderr)) {
      // A table without these sets was never finished, or somebody altered it: nothing is behind it.
      if (!hasHost(cluster)) await run('nft', ['-f', '-'], withoutTables(table, families))
      return []
    }
    throw failed('the gate could not be closed', closing.stderr)
  }
  const vips = await vipsBehind(table)
  const swept: string[] = []
  for (const { device, ip, prefix } of await ownAddresses(vips)) {
    const { code, stderr } = await run('ip', ['address', 'delete', `${ip}/${prefix}`, 'dev', device])
    if (code !== 0 && !/Cannot assign requested address/.test(stderr)) throw failed(`${ip} could not be removed from ${device}`, stderr)
    swept.push(`${ip}/${prefix} on ${device}`)
  }
  const left = await ownAddresses(vips)
  if (left.length > 0) throw failed(`${left[0]?.ip} is still on ${left[0]?.device}`, '')
  if (!hasHost(cluster)) await run('nft', ['-f', '-'], withoutTables(table, families))
  if (swept.length > 0) logger.warn('arp-swept', { swept })
  return swept
}

async function vipsBehind(table: string): Promise<ReadonlySet<string>> {
  const { stdout, stderr, code } = await run('nft', ['-j', 'list', 'table', 'netdev', table])
  if (code !== 0) throw failed('the gate could not be read', stderr)
  const vips = readSetElements(stdout, 'vips')
  if (vips === null) throw failed('nft -j printed something that movip cannot read', '')
  return vips
}

/** VIPs with a lifetime, on whatever interface: movip puts them nowhere without one. */
async function ownAddresses(vips: ReadonlySet<string>): Promise<readonly { device: string; ip: string; prefix: number }[]> {
  const { stdout, stderr, code } = await run('ip', ['-j', 'address', 'show'])
  if (code !== 0) throw failed('the addresses of this machine could not be listed', stderr)
  const links = readIpLinks(stdout)
  if (links === null) throw failed('ip -j printed something that movip cannot read', '')
  return links.flatMap(({ name: device, addresses }) =>
    addresses.flatMap(({ ip, prefix, dynamic }) => (dynamic && vips.has(ip) ? [{ device, ip, prefix }] : [])),
  )
}

function failed(what: string, stderr: string): BackendError {
  if (saysDenied(stderr)) return new BackendError('DENIED', `no CAP_NET_ADMIN: ${what}: ${stderr.trim().split('\n')[0]}`, RIGHTS_FIX)
  return new BackendError(
    'FAILED',
    `${what}${stderr === '' ? '' : `: ${stderr.trim().split('\n')[0]}`}`,
    'run "movip release" as root, or take the address down with "ip address delete"',
  )
}
