import { NatsError } from './error.ts'

/** Where nats-servers listen for each other unless an address says otherwise. */
const routePort = 6222

/** `host`, `host:port`, `[v6]:port` or a bare IPv6 address, as `host:port` that fits into a URL. */
export function routeAddress(address: string): string {
  const bracketed = /^\[([0-9a-fA-F:.%]+)\](?::(\d+))?$/.exec(address)
  if (bracketed !== null) return `[${bracketed[1]}]:${bracketed[2] ?? routePort}`
  if (/^[0-9a-fA-F:.]+$/.test(address) && address.split(':').length > 2) return `[${address}]:${routePort}`
  const named = /^([A-Za-z0-9._-]+)(?::(\d+))?$/.exec(address)
  if (named === null) {
    throw new NatsError(
      'NATS_ADDRESS_INVALID',
      `"${address}" is not an address of a node`,
      'write host, host:port or [IPv6]:port under `nodes` in cluster.yaml',
    )
  }
  return `${named[1]}:${named[2] ?? routePort}`
}
