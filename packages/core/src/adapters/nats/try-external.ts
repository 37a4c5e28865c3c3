import { AuthorizationError, connect, UserAuthenticationExpiredError } from '@nats-io/transport-node'
import type { NatsAuth, NatsConfig } from '../../config/types.ts'
import { externalOptions } from './connect-options.ts'
import { NatsError } from './error.ts'

const timeoutMs = 2000

/** Connects once to the user's own NATS, exactly as the daemon does. Why that fails, or null. */
export async function tryExternalNats(config: Extract<NatsConfig, { type: 'external' }>): Promise<NatsError | null> {
  try {
    const connection = await connect({ ...(await externalOptions(config, 'movip-check')), timeout: timeoutMs })
    await connection.close()
    return null
  } catch (error) {
    if (error instanceof NatsError) return error
    const text = error instanceof Error ? error.message : String(error)
    const refused = error instanceof AuthorizationError || error instanceof UserAuthenticationExpiredError
    const servers = config.servers.join(', ')
    return refused
      ? new NatsError('NATS_REFUSED', `${servers} refuses ${credentialsText(config.auth)}: ${text}`, fixes[config.auth.type], error)
      : new NatsError(
          'NATS_UNREACHABLE',
          `no connection to ${servers}: ${text}`,
          'correct nats.servers and nats.tls in node.yaml, start the server, or open the way to it',
          error,
        )
  }
}

const fixes: Readonly<Record<NatsAuth['type'], string>> = {
  none: 'name credentials, an nkey, or user and passwordFile under nats in node.yaml',
  credentials: 'put valid credentials into the file, or correct nats.credentials in node.yaml',
  nkey: 'put the seed that the server knows into the file, or correct nats.nkey in node.yaml',
  password: 'put the right password into the file, or correct nats.user in node.yaml',
}

function credentialsText(auth: NatsAuth): string {
  switch (auth.type) {
    case 'none':
      return 'a node without credentials'
    case 'credentials':
      return `the credentials in ${auth.file}`
    case 'nkey':
      return `the nkey in ${auth.seedFile}`
    case 'password':
      return `the user ${auth.user} with the password in ${auth.passwordFile}`
  }
}
