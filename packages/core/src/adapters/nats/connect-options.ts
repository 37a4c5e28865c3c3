import { readFile } from 'node:fs/promises'
import { credsAuthenticator, nkeyAuthenticator, type NodeConnectionOptions } from '@nats-io/transport-node'
import type { NatsAuth, NatsConfig, TlsFiles } from '../../config/types.ts'
import { NatsError } from './error.ts'
import { readSecretFile } from './secret-file.ts'
import type { NatsServer } from './server.ts'

/**
 * A silent server is noticed after three pings, 1.5 s at most. Reconnecting is ours, not the client's: its own waits on the wall clock,
 * which may be set back, and keeps messages of before.
 */
const common = { reconnect: false, noEcho: true, ignoreClusterUpdates: true, pingInterval: 500, maxPingOut: 2, timeout: 1000 } as const

/** How to reach the nats-server beside this daemon. */
export function embeddedOptions(server: NatsServer, name: string): NodeConnectionOptions {
  return { ...common, name, servers: [`nats://127.0.0.1:${server.port}`], user: server.user, pass: server.password }
}

/** How to reach the user's own NATS. Reads secrets, and refuses files that strangers can read. */
export async function externalOptions(config: Extract<NatsConfig, { type: 'external' }>, name: string): Promise<NodeConnectionOptions> {
  return {
    ...common,
    name,
    servers: [...config.servers],
    ...(await authOptions(config.auth)),
    ...(config.tls === undefined ? {} : { tls: await tlsOptions(config.tls) }),
  }
}

async function authOptions(auth: NatsAuth): Promise<NodeConnectionOptions> {
  switch (auth.type) {
    case 'none':
      return {}
    case 'credentials':
      return { authenticator: credsAuthenticator(await readSecretFile(auth.file, 'from-others')) }
    case 'nkey': {
      const seed = (await readSecretFile(auth.seedFile, 'from-others')).toString().trim()
      return { authenticator: nkeyAuthenticator(new TextEncoder().encode(seed)) }
    }
    case 'password':
      return { user: auth.user, pass: (await readSecretFile(auth.passwordFile, 'from-others')).toString().trim() }
  }
}

async function tlsOptions(tls: TlsFiles): Promise<NonNullable<NodeConnectionOptions['tls']>> {
  return {
    ...(tls.ca === undefined ? {} : { ca: await readPublic(tls.ca) }),
    ...(tls.cert === undefined ? {} : { cert: await readPublic(tls.cert) }),
    ...(tls.key === undefined ? {} : { key: (await readSecretFile(tls.key, 'from-others')).toString() }),
  }
}

async function readPublic(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    throw new NatsError(
      'NATS_SECRET_UNREADABLE',
      `the file ${path} cannot be read: ${String(cause)}`,
      'correct its path under `nats.tls` in node.yaml',
      cause,
    )
  }
}
