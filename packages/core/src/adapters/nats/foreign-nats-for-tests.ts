import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** Somebody else's NATS, with a nats-server of its own. */
export interface ForeignNats {
  readonly port: number
  /** kill -9. */
  kill(): Promise<void>
  /** Again, at the same port. */
  start(): Promise<void>
}

/** Starts it at a port that is free, with its files in that folder. */
export async function startForeignNats(folder: string, config = ''): Promise<ForeignNats> {
  const own = mkdtempSync(join(folder, 'foreign-'))
  let child: ChildProcess | null = null
  const launch = async (listen: number): Promise<number> => {
    writeFileSync(join(own, 'server.conf'), `listen: "127.0.0.1:${listen}"\n${config}`)
    const launched = spawn('nats-server', ['-c', join(own, 'server.conf')], { stdio: ['ignore', 'ignore', 'pipe'] })
    child = launched
    for await (const line of createInterface({ input: launched.stderr })) {
      const port = /Listening for client connections on .*:(\d+)/.exec(line)?.[1]
      if (port === undefined) continue
      launched.stderr.resume()
      return Number(port)
    }
    throw new Error('nats-server ended')
  }
  const port = await launch(-1)
  return {
    port,
    async kill() {
      const ending = child
      child = null
      if (ending === null || ending.exitCode !== null || ending.signalCode !== null) return
      ending.kill('SIGKILL')
      await once(ending, 'exit')
    },
    start: async () => void (await launch(port)),
  }
}
