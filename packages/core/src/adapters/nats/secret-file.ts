import { open } from 'node:fs/promises'
import { NatsError } from './error.ts'

/** Whom a secret must be hidden from: the cluster's own from all but its owner, others' files from strangers only. */
export type Hidden = 'from-group-and-others' | 'from-others'

/** Reads a file that holds a secret, and refuses it when more people can read it than should. */
export async function readSecretFile(path: string, hidden: Hidden): Promise<Buffer> {
  let content: Buffer
  let mode: number
  try {
    const file = await open(path, 'r')
    try {
      mode = (await file.stat()).mode & 0o777
      content = await file.readFile()
    } finally {
      await file.close()
    }
  } catch (cause) {
    const text = cause instanceof Error ? cause.message : String(cause)
    throw new NatsError(
      'NATS_SECRET_UNREADABLE',
      `the secret file ${path} cannot be read: ${text}`,
      'correct its path in node.yaml, or make it readable for the user that runs movip',
      cause,
    )
  }
  const exposed = mode & (hidden === 'from-others' ? 0o007 : 0o077)
  if (exposed !== 0) {
    const who = hidden === 'from-others' ? 'everybody' : 'its group or everybody'
    throw new NatsError(
      'NATS_SECRET_EXPOSED',
      `the secret file ${path} has mode 0${mode.toString(8)}: ${who} can open it`,
      `run: chmod 600 ${path}`,
    )
  }
  if (content.toString().trim() === '') {
    throw new NatsError('NATS_SECRET_UNREADABLE', `the secret file ${path} is empty`, 'put the secret into it; `movip init` makes one')
  }
  return content
}
