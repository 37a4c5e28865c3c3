import { readFile } from 'node:fs/promises'
import { text as textOf } from 'node:stream/consumers'
import { parse, stringify } from 'yaml'
import { CommandError, exitCodes } from '../failure.ts'

/** All that a node needs to become a member: who it is, the cluster's secret and its `cluster.yaml`. */
export interface Invitation {
  readonly node: string
  readonly secret: string
  readonly cluster: string
}

const format = 1

/** An invitation as it goes from one machine to the other. */
export function invitationText({ node, secret, cluster }: Invitation): string {
  return [
    `# For ${node}: movip init --join <this file>, or --witness if it is one. It holds the secret of the cluster: keep it closed.`,
    stringify({ invitation: format, node, secret, cluster }, { lineWidth: 0 }),
  ].join('\n')
}

/** Reads an invitation from a file, or from standard input for `-`. */
export async function readInvitation(from: string): Promise<Invitation> {
  const text = from === '-' ? await fromStdin() : await fromFile(from)
  const value = parsed(text)
  const { invitation, node, secret, cluster } = value
  if (invitation !== format || typeof node !== 'string' || typeof secret !== 'string' || typeof cluster !== 'string')
    throw unusable(text.trim() === '' ? 'the invitation is empty' : 'this is no invitation of movip')
  return { node, secret, cluster }
}

async function fromStdin(): Promise<string> {
  if (process.stdin.isTTY)
    process.stderr.write('Paste the invitation that `movip invite <this node>` prints on a node of the cluster, then press Ctrl-D:\n')
  return textOf(process.stdin)
}

async function fromFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw new CommandError(
      {
        exitCode: exitCodes.usage,
        code: 'INVITATION_UNREADABLE',
        message: `the invitation ${file} cannot be read`,
        fix: 'name the file that movip invite wrote, or - for standard input',
      },
      { cause: error },
    )
  }
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = parse(text, { logLevel: 'silent' })
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

function unusable(message: string): CommandError {
  return new CommandError({
    exitCode: exitCodes.usage,
    code: 'INVITATION_INVALID',
    message,
    fix: 'get one on a node of the cluster, as root: movip invite <name of this node>; for example: ssh root@10.0.0.11 movip invite w | movip init --witness',
  })
}
