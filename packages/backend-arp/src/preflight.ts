import { readFileSync } from 'node:fs'
import type { Finding } from '@movip/core/backend'
import type { Host } from './host.ts'
import { ipBytes, sameSubnet } from './ip.ts'
import type { Vip } from './ip.ts'
import { missingInterface } from './lacking.ts'
import { missingCapabilities, RIGHTS_FIX } from './rights.ts'

/** What would keep this node from claiming the VIP now. */
export async function preflight(host: Host, vip: Vip, device: string): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  const error = (code: string, message: string, fix: string): number => findings.push({ severity: 'error', code, message, fix })
  const warning = (code: string, message: string, fix: string): number => findings.push({ severity: 'warning', code, message, fix })
  const missing = missingCapabilities()
  if (missing.length > 0) {
    error(`ARP_NO_${missing[0]}`, `this process lacks ${missing.join(' and ')}`, RIGHTS_FIX)
  }
  const { trouble } = host.gate
  if (trouble !== null && missing.length === 0) error(trouble.code, trouble.message, trouble.fix)
  const link = host.link(device)
  if (link === null) {
    findings.push(missingInterface(device, host.interfaceFix))
    return findings
  }
  if (link.mac === null) error('ARP_NOT_ETHERNET', `interface ${device} is no Ethernet interface`, 'choose an interface of a LAN')
  if (!link.up) error('ARP_LINK_DOWN', `link of ${device} is down`, `ip link set ${device} up, and check its cable`)
  if (vip.family === 6 && sysctl(`ipv6/conf/${device}/disable_ipv6`) !== '0') {
    error('ARP_IPV6_DISABLED', `IPv6 is switched off on ${device}`, `sysctl -w net.ipv6.conf.${device}.disable_ipv6=0`)
  }
  const permanent = (await host.driver.addresses()).find((address) => address.ip === vip.text && address.permanent)
  if (permanent !== undefined) {
    error(
      'ARP_ADDRESS_PERMANENT',
      `${vip.text} is configured on this machine permanently`,
      `remove ${vip.text}/${permanent.prefix} from the machine's network configuration: only movip may add it`,
    )
  }
  for (const other of await rivalsOf(host, vip, device)) {
    warning(
      'ARP_FLUX',
      `${other} lies in the subnet of ${vip.text} too, and answers ARP for addresses of ${device} past the gate`,
      `sysctl -w net.ipv4.conf.${other}.arp_ignore=1`,
    )
  }
  if (host.driver.name === 'cli') {
    warning(
      'ARP_CLI_DRIVER',
      'the native driver does not work here; ip and nft are used, which takes some milliseconds more',
      'install the optional packages of koffi for this platform',
    )
  }
  return findings
}

/** Other interfaces of this machine that would answer ARP for the VIP, because they lie in its subnet. */
async function rivalsOf(host: Host, vip: Vip, device: string): Promise<readonly string[]> {
  if (vip.family !== 4) return []
  const [links, addresses] = [await host.driver.links(), await host.driver.addresses()]
  return links
    .filter(
      (link) =>
        link.name !== device &&
        link.mac !== null &&
        link.up &&
        sysctl(`ipv4/conf/${link.name}/arp_ignore`) === '0' &&
        sysctl('ipv4/conf/all/arp_ignore') === '0',
    )
    .filter((link) =>
      addresses.some(
        (address) => address.index === link.index && sameSubnet(ipBytes(address.ip) ?? Buffer.alloc(0), vip.bytes, vip.prefix),
      ),
    )
    .map((link) => link.name)
}

function sysctl(path: string): string | null {
  try {
    return readFileSync(`/proc/sys/net/${path}`, 'utf8').trim()
  } catch {
    return null
  }
}
