import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DnsPlace, DnsServer } from './server-process.ts'
import { startDnsProgram } from './server-process.ts'
import { ZONE } from './zone.ts'

export interface ResolverShape {
  readonly place: DnsPlace
  readonly folder: string
  /** Authorities of the zone, which it asks. */
  readonly asks: readonly DnsPlace[]
  /** It keeps answers for so long, whatever they say, s. */
  readonly keepsForS?: number
}

/** Debian's unbound as the resolver that clients ask. */
export function startUnbound({ place, folder, asks, keepsForS = 0 }: ResolverShape): Promise<DnsServer> {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, 'unbound.conf')
  const lines = [
    'server:',
    `  directory: "${folder}"`,
    `  interface: ${place.host}@${place.port}`,
    '  access-control: 0.0.0.0/0 allow_snoop',
    '  username: ""',
    '  chroot: ""',
    '  pidfile: ""',
    '  use-syslog: no',
    '  do-daemonize: no',
    '  do-ip6: no',
    '  do-not-query-localhost: no',
    '  module-config: "iterator"',
    `  cache-min-ttl: ${keepsForS}`,
    'remote-control:',
    '  control-enable: no',
    'stub-zone:',
    `  name: "${ZONE}"`,
    ...asks.map(({ host, port }) => `  stub-addr: ${host}@${port}`),
    '',
  ]
  writeFileSync(file, lines.join('\n'))
  return startDnsProgram({ place, folder, program: 'unbound', args: ['-d', '-c', file], answersFor: ZONE })
}
