import type { CheckKind } from './kind.ts'
import { diskCheck } from './kinds/disk.ts'
import { dnsCheck } from './kinds/dns.ts'
import { httpCheck } from './kinds/http.ts'
import { interfaceCheck } from './kinds/interface.ts'
import { peerCheck } from './kinds/peer.ts'
import { pingCheck } from './kinds/ping.ts'
import { processCheck } from './kinds/process.ts'
import { scriptCheck } from './kinds/script.ts'
import { systemdCheck } from './kinds/systemd.ts'
import { tcpCheck } from './kinds/tcp.ts'
import { vipCheck } from './kinds/vip.ts'

/** Every kind of check by the name that stands behind `type:`. */
export const checkKinds: ReadonlyMap<string, CheckKind> = new Map([
  ['http', httpCheck],
  ['tcp', tcpCheck],
  ['ping', pingCheck],
  ['interface', interfaceCheck],
  ['process', processCheck],
  ['systemd', systemdCheck],
  ['disk', diskCheck],
  ['dns', dnsCheck],
  ['script', scriptCheck],
  ['vip', vipCheck],
  ['peer', peerCheck],
])
