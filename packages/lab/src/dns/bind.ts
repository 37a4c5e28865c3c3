import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DnsPlace, DnsServer } from './server-process.ts'
import { startDnsProgram } from './server-process.ts'
import { keyText, ZONE, zoneText } from './zone.ts'

/** What a name server of the zone is. */
export interface ZoneServer {
  readonly place: DnsPlace
  /** A folder of its own. */
  readonly folder: string
  /** Servers that hear of changes at once, and get them. */
  readonly notifies?: readonly DnsPlace[]
  /** It takes the zone over from there, and no changes; absent: it is a primary. */
  readonly from?: DnsPlace
  /** Lines of the zone beside those that it has to have. */
  readonly records?: readonly string[]
  readonly algorithm?: string
  /** Who may change what, in the server's own words; absent: the key may change everything. */
  readonly policy?: string
}

/** Debian's BIND as a name server of the zone. */
export function startBind(server: ZoneServer): Promise<DnsServer> {
  const { place, folder, records } = server
  mkdirSync(folder, { recursive: true })
  if (server.from === undefined) writeFileSync(join(folder, 'zone.db'), zoneText(records))
  const file = join(folder, 'named.conf')
  writeFileSync(file, configuration(server))
  return startDnsProgram({ place, folder, program: 'named', args: ['-g', '-n', '1', '-c', file], answersFor: ZONE })
}

function configuration({ place, folder, notifies = [], from, algorithm, policy = 'allow-update { key movip; };' }: ZoneServer): string {
  const also = notifies.map(({ host, port }) => `${host} port ${port};`).join(' ')
  const role =
    from === undefined
      ? [`type primary; file "zone.db"; ${policy}`, `notify explicit; also-notify { ${also} }; allow-transfer { any; };`]
      : [`type secondary; file "copy.db"; primaries { ${from.host} port ${from.port}; }; allow-notify { any; }; notify no;`]
  return [
    keyText(algorithm),
    'controls { };',
    'options {',
    `  directory "${folder}"; pid-file none; session-keyfile none; lock-file none;`,
    `  listen-on port ${place.port} { ${place.host}; }; listen-on-v6 { none; };`,
    '  recursion no; dnssec-validation no; notify-delay 0; minimal-responses yes;',
    '};',
    `zone "${ZONE}" { ${role.join(' ')} };`,
    '',
  ].join('\n')
}
