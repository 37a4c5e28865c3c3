import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ZoneServer } from './bind.ts'
import type { DnsPlace, DnsServer } from './server-process.ts'
import { startDnsProgram } from './server-process.ts'
import { KEY_NAME, KEY_SECRET, ZONE, zoneText } from './zone.ts'

/** Debian's Knot as a name server of the zone. */
export function startKnot(server: ZoneServer): Promise<DnsServer> {
  const { place, folder, records } = server
  mkdirSync(folder, { recursive: true })
  if (server.from === undefined) writeFileSync(join(folder, 'zone.db'), zoneText(records))
  const file = join(folder, 'knot.conf')
  writeFileSync(file, configuration(server))
  return startDnsProgram({ place, folder, program: 'knotd', args: ['-c', file], answersFor: ZONE })
}

const at = ({ host, port }: DnsPlace): string => `${host}@${port}`

function configuration({ place, folder, notifies = [], from, algorithm = 'hmac-sha256' }: ZoneServer): string {
  const remotes = [...notifies.map((one, index) => ({ id: `to${index}`, one })), ...(from === undefined ? [] : [{ id: 'from', one: from }])]
  const notified = notifies.length === 0 ? '' : `\n    notify: [${notifies.map((_, index) => `to${index}`).join(', ')}]`
  const role = from === undefined ? `    acl: [change, copy]${notified}` : '    master: from\n    acl: [notice]'
  return [
    `server:\n    rundir: ${folder}\n    listen: ${at(place)}\n    udp-workers: 1\n    tcp-workers: 1\n    background-workers: 1`,
    'log:\n  - target: stderr\n    any: info',
    `database:\n    storage: ${folder}`,
    `key:\n  - id: ${KEY_NAME}\n    algorithm: ${algorithm}\n    secret: ${KEY_SECRET}`,
    ...(remotes.length === 0 ? [] : [`remote:\n${remotes.map(({ id, one }) => `  - id: ${id}\n    address: ${at(one)}`).join('\n')}`]),
    `acl:\n  - id: change\n    key: ${KEY_NAME}\n    action: update\n  - id: copy\n    action: transfer\n  - id: notice\n    action: notify`,
    `zone:\n  - domain: ${ZONE}\n    storage: ${folder}\n    file: zone.db\n    zonefile-sync: -1\n    journal-content: all\n${role}`,
    '',
  ].join('\n')
}
