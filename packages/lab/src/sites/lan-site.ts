import { command } from '../command.ts'
import { createNetwork } from '../network/network.ts'
import { portLines, WAN_MAC, wayThrough } from '../network/router.ts'
import { allForwarding, lines } from '../network/switch.ts'
import { pollUntil } from '../wait.ts'
import type { Site } from './site.ts'

const PORT = 'p-router'

/** A LAN with a router of its own, the way to everywhere else for each of its hosts. */
export async function createLanSite(nodes: readonly string[], subnet: number): Promise<Site> {
  const network = await createNetwork({ nodes, subnet })
  const router = `${network.folder.prefix}-router`
  const [ipv4, ipv6] = [`10.66.${subnet}.1`, `fd66:${subnet.toString(16)}::1`]
  try {
    await command(
      'ip',
      ['-batch', '-'],
      lines([`netns add ${router}`, `link add name ${PORT} netns ${network.switch} type veth peer name lan netns ${router}`]),
    )
    await Promise.all([
      inNamespace(network.switch, [`link set dev ${PORT} addrgenmode none`, `link set dev ${PORT} master br0`, `link set dev ${PORT} up`]),
      inNamespace(router, [
        'link set lo up',
        'link set dev lan addrgenmode none',
        'link set lan up',
        'addr add fe80::1/64 dev lan nodad',
        `addr add ${ipv4}/24 dev lan`,
        `addr add ${ipv6}/64 dev lan nodad`,
      ]),
    ])
    await pollUntil(() => allForwarding(network.switch, network.hosts.length + 1), 'every port of the switch to forward', { everyMs: 5 })
  } catch (error) {
    network.close()
    throw error
  }
  const uplink = {
    router,
    device: 'wan',
    mac: `02:00:00:66:${subnet.toString(16).padStart(2, '0')}:01`,
    ranges: [`10.66.${subnet}.0/24`, `fd66:${subnet.toString(16)}::/64`],
  }
  return {
    kind: 'lan',
    network,
    uplink,
    async join(ranges) {
      await command('ip', ['netns', 'exec', router, 'sh', '-c', FORWARDS])
      const ways = ranges.map((range) => `route add ${range} ${wayThrough('wan', range)}`)
      await inNamespace(router, [...portLines('wan', WAN_MAC, '169.254.5.1'), ...ways])
      const viaRouter = ranges.map((range) => `route add ${range} via ${range.includes(':') ? ipv6 : ipv4}`)
      await Promise.all(network.hosts.map(({ namespace }) => inNamespace(namespace, viaRouter)))
    },
  }
}

/** A router in a LAN answers for nobody but itself. */
const FORWARDS =
  'cd /proc/sys/net; for f in ipv4/conf/*/forwarding ipv6/conf/*/forwarding; do echo 1 > $f; done; for f in ipv4/conf/*/rp_filter; do echo 0 > $f; done'

function inNamespace(namespace: string, commands: readonly string[]): Promise<string> {
  return command('ip', ['-n', namespace, '-batch', '-'], lines(commands))
}
