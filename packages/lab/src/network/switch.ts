/** The switch that joins hosts of a lab: a bridge, and a table of what it drops. */
import { command } from '../command.ts'
import type { Host } from './host.ts'

/** The kernel tells the bridge of a carrier a moment after it is there; until then frames are lost. */
export async function allForwarding(sw: string, ports: number): Promise<boolean> {
  const text = await command('ip', ['-n', sw, '-d', '-o', 'link', 'show', 'master', 'br0'])
  return text.split('state forwarding').length - 1 === ports
}

/** A bridge in a namespace of its own that joins these ports, and drops frames between those that are cut. */
export async function buildSwitch(sw: string, hosts: readonly Pick<Host, 'port'>[]): Promise<void> {
  const ports = hosts.flatMap((host) => [
    `link set dev ${host.port} addrgenmode none`,
    `link set dev ${host.port} master br0`,
    `link set dev ${host.port} up`,
  ])
  await command(
    'ip',
    ['-n', sw, '-batch', '-'],
    lines([
      'link set dev lo up',
      'link add name br0 type bridge stp_state 0 forward_delay 0 mcast_snooping 0 nf_call_iptables 0 nf_call_ip6tables 0 nf_call_arptables 0',
      'link set dev br0 addrgenmode none',
      'link set dev br0 up',
      ...ports,
    ]),
  )
  await command('ip', ['netns', 'exec', sw, 'sh', '-c', `${WITHOUT_HOST_FIREWALL} && nft -f -`], CUT_TABLE)
}

/** Bridged frames would otherwise also run through the IP firewall of the switch's namespace, which is on by default on some kernels. */
const WITHOUT_HOST_FIREWALL = 'for f in /proc/sys/net/bridge/bridge-nf-call-*; do test ! -e $f || echo 0 > $f; done'

/** Frames from one port to another are dropped while that pair is in the set. */
const CUT_TABLE = `
table bridge lab {
  set cut { type ifname . ifname; }
  chain forward {
    type filter hook forward priority 0; policy accept;
    iifname . oifname @cut drop
  }
}
`

/** Commands as a batch takes them. */
export function lines(commands: readonly string[]): string {
  return commands.map((text) => `${text}\n`).join('')
}
