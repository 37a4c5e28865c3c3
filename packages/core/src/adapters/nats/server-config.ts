import { createHmac } from 'node:crypto'
import type { TlsFiles } from '../../config/types.ts'
import { routeAddress } from './address.ts'
import { wireBytesMax } from './wire.ts'

/** How the daemon's own nats-server is set up. */
export interface ServerSettings {
  readonly cluster: string
  readonly heartbeatMs: number
  /** Dead links are cut by the daemon: the server's own pings need not find them. */
  readonly cutsLinks: boolean
  readonly clientPort: number
  readonly clientUser: string
  readonly clientPassword: string
  readonly routeHost: string
  readonly routePort: number
  readonly routePassword: string
  readonly routeTls: TlsFiles | null
  /** Addresses of the other members. */
  readonly peers: readonly string[]
}

const routeUser = 'movip'

/** The server's name comes from its environment: new in each life, but the same when the configuration is read again. */
export const serverNameVariable = 'MOVIP_SERVER_NAME'

/** What routes of one cluster show each other; the secret itself never leaves its file. */
export function routePasswordOf(secret: Uint8Array, cluster: string): string {
  return createHmac('sha256', Buffer.from(secret).toString().trim()).update(`movip route ${cluster}`).digest('hex')
}

/** A link that has not answered for about this long is given up. */
const silentMs = 1250

/**
 * nats-server puts off a ping while it sends or receives within the interval. Beats would put it off for ever, and a dead link would be
 * noticed by nobody but TCP. Where the daemon may not cut dead links itself, the interval is therefore shorter than the pause between two
 * beats, and many pings may be unanswered; that costs three times the CPU.
 */
function pingsOf({ heartbeatMs, cutsLinks }: ServerSettings): { readonly intervalMs: number; readonly outMax: number } {
  if (cutsLinks) return { intervalMs: Math.round(silentMs / 2), outMax: 2 }
  const intervalMs = Math.max(5, Math.round(heartbeatMs * 0.4))
  return { intervalMs, outMax: Math.max(2, Math.round((silentMs * 0.5) / intervalMs)) }
}

/** The configuration of the server. Short pings and write deadlines keep what was queued for a dead link from arriving much later. */
export function serverConfigText(settings: ServerSettings): string {
  const user = quote(routeUser)
  const pings = pingsOf(settings)
  const routes = settings.peers.map((peer) => quote(`nats-route://${routeUser}:${settings.routePassword}@${routeAddress(peer)}`))
  return `server_name: $${serverNameVariable}
listen: "127.0.0.1:${settings.clientPort}"
logtime: false
max_payload: ${wireBytesMax}
max_pending: ${2 * wireBytesMax}
max_connections: 16
ping_interval: "${pings.intervalMs}ms"
ping_max: ${pings.outMax}
write_deadline: "1s"
authorization { timeout: 2, users: [ { user: ${quote(settings.clientUser)}, password: ${quote(settings.clientPassword)} } ] }
cluster {
  name: ${quote(`movip-${settings.cluster}`)}
  listen: ${quote(settings.routeHost.includes(':') ? `[${settings.routeHost}]:${settings.routePort}` : `${settings.routeHost}:${settings.routePort}`)}
  no_advertise: true
  authorization { user: ${user}, password: ${quote(settings.routePassword)}, timeout: 2 }
  ${tlsText(settings.routeTls)}
  routes: [
    ${routes.join('\n    ')}
  ]
}
`
}

function tlsText(tls: TlsFiles | null): string {
  if (tls === null) return ''
  const lines = [
    tls.cert === undefined ? '' : `cert_file: ${quote(tls.cert)}`,
    tls.key === undefined ? '' : `key_file: ${quote(tls.key)}`,
    tls.ca === undefined ? '' : `ca_file: ${quote(tls.ca)}`,
  ]
  return `tls { ${lines.filter((line) => line !== '').join(', ')}, verify: true, timeout: 2 }`
}

function quote(text: string): string {
  return JSON.stringify(text)
}
