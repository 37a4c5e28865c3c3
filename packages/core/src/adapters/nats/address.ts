import { parseHostPort, routePort } from '../../config/fields.ts'
import { NatsError } from './error.ts'

/** `host`, `host:port`, `[v6]:port` or a bare IPv6 address, as `host:port` that fits into a URL. */
export function routeAddress(address: string): string {
  const parsed = parseHostPort(address)
  if (parsed === null) {
    throw new NatsError(
      'NATS_ADDRESS_INVALID',
      `"${address}" is not an address of a node`,
      'write host, host:port or [IPv6]:port under `nodes` in cluster.yaml',
    )
  }
  const { host, port } = parsed
  return `${host.includes(':') ? `[${host}]` : host}:${port ?? routePort}`
}
