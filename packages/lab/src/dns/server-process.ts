import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { inHost } from '../network/host.ts'
import { pollUntil } from '../wait.ts'
import { answersBy } from './question.ts'

/** Where a server of names listens: in a namespace of a lab, or on this machine's loopback. */
export interface DnsPlace {
  readonly host: string
  readonly port: number
  /** null: none of a lab. */
  readonly namespace: string | null
}

/** A program that answers questions of DNS. */
export interface DnsServer {
  readonly place: DnsPlace
  /** As an option of an endpoint. */
  readonly address: string
  /** It answers nobody, and the kernel takes connections for it. */
  freeze(): void
  thaw(): void
  stop(): void
}

export interface DnsProgram {
  readonly place: DnsPlace
  /** Where its log is kept. */
  readonly folder: string
  readonly program: string
  readonly args: readonly string[]
  /** A name that it answers for once it is up. */
  readonly answersFor: string
  readonly env?: Readonly<Record<string, string>>
}

/** Starts it, and resolves when it answers. */
export async function startDnsProgram({ place, folder, program, args, answersFor, env = {} }: DnsProgram): Promise<DnsServer> {
  const { file, args: all } = place.namespace === null ? { file: program, args: [...args] } : inHost(place.namespace, program, args)
  // A file and no pipe: nobody has to read it for the server to go on.
  const log = join(folder, 'log')
  const out = openSync(log, 'a')
  const child = spawn(file, all, { stdio: ['ignore', out, out], env: { ...process.env, ...env } })
  await pollUntil(() => {
    if (child.exitCode !== null) throw new Error(`${program} ended: ${readFileSync(log, 'utf8').slice(-4000)}`)
    return answersBy(place, answersFor, 'SOA')
  }, `${program} to answer`).catch((error: unknown) => {
    child.kill('SIGKILL')
    throw error
  })
  return { place, address: addressOf(place), ...handOn(child) }
}

function handOn(child: ChildProcess): Pick<DnsServer, 'freeze' | 'thaw' | 'stop'> {
  return {
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    stop: () => void child.kill('SIGKILL'),
  }
}

export const addressOf = ({ host, port }: DnsPlace): string => (port === 53 ? host : `${host}:${port}`)
