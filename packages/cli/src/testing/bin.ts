import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const bin = fileURLToPath(new URL('../../bin/run.js', import.meta.url))

export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** Runs the built `movip` as a person would, without a terminal. */
export function movip(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  return run(process.execPath, [bin, ...args], env)
}

/** Runs a program to its end. */
export function run(program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } })
    let out = ''
    let err = ''
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      out += chunk
    })
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      err += chunk
    })
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, out, err }))
  })
}

export interface Scratch {
  readonly folder: string
  /** Answers like a daemon: by path, a status and a body; null accepts and stays silent. */
  daemon(answers: Readonly<Record<string, readonly [number, unknown] | null>>): Promise<string>
  [Symbol.asyncDispose](): Promise<void>
}

/** A folder, and in it the socket of something that answers like a daemon. Gone afterwards. */
export async function scratch(): Promise<Scratch> {
  const folder = await mkdtemp(join(tmpdir(), 'movip-cli-'))
  const servers: Server[] = []
  return {
    folder,
    daemon: async (answers) => {
      const socket = join(folder, 'movip.sock')
      const server = createServer((request, response) => {
        const answer = answers[new URL(request.url ?? '/', 'http://daemon').pathname]
        if (answer === null) return
        request.resume().on('end', () => response.writeHead(answer?.[0] ?? 404).end(JSON.stringify(answer?.[1] ?? {})))
      })
      servers.push(server)
      await new Promise<void>((resolve) => {
        server.listen(socket, resolve)
      })
      return socket
    },
    [Symbol.asyncDispose]: async () => {
      for (const server of servers) {
        server.closeAllConnections()
        server.close()
      }
      await rm(folder, { recursive: true, force: true })
    },
  }
}
