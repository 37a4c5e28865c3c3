import type { Server } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { BackendError } from '../backend.ts'

/** Where the daemon answers those who ask how it is. */
export interface Listen {
  readonly host: string
  readonly port: number
}

/** The life before this one may still be about to let go of a port. */
const PATIENCE_MS = 3000
const AGAIN_MS = 25
/** More than any balancer opens; whoever opens more is none. */
const CONNECTIONS_MAX = 256

/** Begins to listen, and waits a little where the port is about to become free. Rejects with `BackendError`. */
export async function listening<S extends Server>(make: () => S, { host, port }: Listen): Promise<S> {
  const from = performance.now()
  for (;;) {
    try {
      return await listenOnce(make(), { host, port })
    } catch (error) {
      if (codeOf(error) !== 'EADDRINUSE' || performance.now() - from > PATIENCE_MS) throw refusal(error, { host, port })
    }
    await sleep(AGAIN_MS)
  }
}

/** Of IPv6 only that: whoever wants both names both. */
function listenOnce<S extends Server>(server: S, { host, port }: Listen): Promise<S> {
  server.maxConnections = CONNECTIONS_MAX
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port, ipv6Only: host.includes(':') }, () => {
      server.off('error', reject)
      resolve(server)
    })
  })
}

export function closed(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()))
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

const fixes: Readonly<Record<string, string>> = {
  EADDRINUSE: 'end the program that listens there (ss -ltnp), or choose another port',
  EADDRNOTAVAIL: 'name an address of this machine in health.listen of node.yaml',
  EACCES: 'choose a port from 1024 on, or grant CAP_NET_BIND_SERVICE',
}

function refusal(error: unknown, { host, port }: Listen): BackendError {
  const code = codeOf(error)
  const where = `${host.includes(':') ? `[${host}]` : host}:${port}`
  const fix = fixes[code] ?? 'see health.listen in node.yaml'
  return new BackendError(code === 'EADDRINUSE' ? 'CONFLICT' : 'FAILED', `health answers cannot be given at ${where}: ${code}`, fix, {
    cause: error,
  })
}
