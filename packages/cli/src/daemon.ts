import { Flags } from '@oclif/core'
import { createClient } from '@movip/core/client'
import type { Client } from '@movip/core/client'
import { readLocalConfig } from './local-config.ts'

/** For commands that talk to the daemon. */
export const socketFlag = Flags.string({ summary: 'unix socket of the daemon, instead of the one in node.yaml', helpValue: 'path' })

/** A client for the daemon of this node. */
export async function connect(
  flags: { readonly config: string; readonly socket?: string | undefined },
  timeoutMs?: number,
): Promise<Client> {
  const socket = flags.socket ?? (await readLocalConfig(flags.config)).socket
  return createClient({ socket, ...(timeoutMs === undefined ? {} : { timeoutMs }) })
}
