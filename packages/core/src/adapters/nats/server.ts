import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { access, chmod, mkdir, rm, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'
import type { NatsConfig } from '../../config/types.ts'
import type { Logger } from '../../ports.ts'
import { NatsError } from './error.ts'
import { freePort } from './free-port.ts'
import { readSecretFile } from './secret-file.ts'
import { withoutRepeats } from './without-repeats.ts'
import { routePasswordOf, serverConfigText, serverNameVariable, type ServerSettings } from './server-config.ts'

export interface ServerOptions {
  readonly config: Extract<NatsConfig, { type: 'embedded' }>
  readonly cluster: string
  readonly node: string
  readonly peers: readonly string[]
  readonly heartbeatMs?: number
  readonly cutsLinks: boolean
  /** Whether a server that cannot start is not an error but tried again, without end: others do the same work. */
  readonly isSpare?: boolean
  /** Private to the daemon, and not on the disk of the data folder: restarting must not wait for that. */
  readonly runtimeFolder: string
  readonly logger: Logger
}

/** A nats-server beside the daemon, that lives no longer than it. */
export interface NatsServer {
  readonly port: number
  readonly user: string
  readonly password: string
  restarts(): number
  /** Why it does not run; null: it runs. */
  trouble(): string | null
  /** The addresses of the other members have changed. */
  setPeers(peers: readonly string[]): void
  close(): Promise<void>
}

const readyMs = 5000
const stopMs = 1000
/** A server that ran this long is restarted at once when it ends; before that, later each time. */
const provenMs = 1000
const backOffMsMax = 2000

/** Starts the server; resolves when it accepts connections. */
export async function startNatsServer(options: ServerOptions): Promise<NatsServer> {
  const secret = await readSecretFile(options.config.secretFile, 'from-group-and-others')
  if (options.config.tls?.key !== undefined) await readSecretFile(options.config.tls.key, 'from-others')
  const program = await findProgram('nats-server')
  const folder = join(options.runtimeFolder, `nats-${options.node}`)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await chmod(folder, 0o700)
  const settings: ServerSettings = {
    cluster: options.cluster,
    heartbeatMs: options.heartbeatMs ?? 100,
    cutsLinks: options.cutsLinks,
    clientPort: await freePort(),
    clientUser: 'movip',
    clientPassword: randomBytes(24).toString('hex'),
    routeHost: options.config.host,
    routePort: options.config.port,
    routePassword: routePasswordOf(secret, options.cluster),
    routeTls: options.config.tls ?? null,
    peers: options.peers,
  }
  const supervisor = createSupervisor({ program, folder, node: options.node, logger: options.logger }, settings)
  try {
    await supervisor.start()
  } catch (error) {
    if (options.isSpare !== true) {
      await supervisor.close()
      throw error
    }
  }
  return {
    port: settings.clientPort,
    user: settings.clientUser,
    password: settings.clientPassword,
    restarts: supervisor.restarts,
    trouble: supervisor.trouble,
    setPeers: supervisor.setPeers,
    close: supervisor.close,
  }
}

interface Supervisor {
  start(): Promise<void>
  restarts(): number
  trouble(): string | null
  setPeers(peers: readonly string[]): void
  close(): Promise<void>
}

interface Place {
  readonly program: string
  readonly folder: string
  readonly node: string
  readonly logger: Logger
}

function createSupervisor({ program, folder, node, logger: everything }: Place, initial: ServerSettings): Supervisor {
  const { logger, forget } = withoutRepeats(everything)
  const file = join(folder, 'server.conf')
  let settings = initial
  let child: ChildProcess | null = null
  let restarts = 0
  const pauseAfter = createBackOff()
  let trouble: string | null = null
  let closing = false
  let timer: NodeJS.Timeout | undefined
  const config = createConfigFile(file)

  const onExit = (startedAt: number, why: string): void => {
    child = null
    trouble = why
    if (closing) return
    const restartInMs = pauseAfter(performance.now() - startedAt)
    logger.warn('nats.server-ended', { why, restartInMs })
    timer = setTimeout(() => {
      restarts += 1
      launch().catch(() => undefined)
    }, restartInMs)
  }
  const launch = (): Promise<void> => {
    const startedAt = performance.now()
    // A peer may for a second still hold the link of this server's former life, and would refuse the same name twice.
    const name = JSON.stringify(`${node}-${randomBytes(4).toString('hex')}`)
    const launched = spawnServer([program, '-c', file], name, logger, [settings.clientPassword, settings.routePassword])
    child = launched.child
    void launched.ended.then((why) => onExit(startedAt, why))
    return launched.ready.then(() => {
      trouble = null
      forget()
    })
  }

  return {
    async start() {
      await config.write(settings)
      await launch()
    },
    restarts: () => restarts,
    trouble: () => trouble,
    setPeers(peers) {
      if (peers.toSorted().join() === settings.peers.toSorted().join()) return
      settings = { ...settings, peers }
      config.write(settings).then(
        () => child?.kill('SIGHUP'),
        (error: unknown) => logger.warn('nats.server-config-failed', { error: String(error) }),
      )
    },
    async close() {
      closing = true
      clearTimeout(timer)
      if (child !== null) await stop(child)
      await config.written()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

interface ConfigFile {
  /** One after the other: the last to be written must not be an earlier one. */
  write(settings: ServerSettings): Promise<void>
  written(): Promise<void>
}

function createConfigFile(file: string): ConfigFile {
  let writing: Promise<void> = Promise.resolve()
  const written = (): Promise<void> => writing.catch(() => undefined)
  return {
    write(settings) {
      writing = written().then(() => writeFile(file, serverConfigText(settings), { mode: 0o600 }))
      return writing
    },
    written,
  }
}

/** How long to wait with the next start after a server that ran for so long. */
function createBackOff(): (ranMs: number) => number {
  let nextMs = 0
  return (ranMs) => {
    const pauseMs = ranMs > provenMs ? 0 : nextMs
    nextMs = Math.min(backOffMsMax, Math.max(100, pauseMs * 2))
    return pauseMs
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), stopMs)
  await ended
  clearTimeout(timer)
}

interface Spawned {
  readonly child: ChildProcess
  readonly ready: Promise<void>
  /** Why it ended. */
  readonly ended: Promise<string>
}

/**
 * `setpriv --pdeathsig KILL` makes the kernel end the server with this process, even after kill -9. The server inherits
 * this process's scheduling policy.
 */
function spawnServer(command: readonly string[], name: string, logger: Logger, secrets: readonly string[]): Spawned {
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', ...command], {
    stdio: ['ignore', 'ignore', 'pipe'],
    // One thread is plenty for beats; more would wake each other and cost twice the CPU.
    env: { ...process.env, GOMAXPROCS: '1', [serverNameVariable]: name },
  })
  let complaint = ''
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(`setpriv cannot be started: ${error.message}`))
    child.once('close', (code, signal) => resolve(complaint === '' ? `ended with ${signal ?? `code ${code}`}` : complaint))
  })
  const ready = new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), readyMs)
    const lines = createInterface({ input: child.stderr })
    lines.on('line', (raw) => {
      const line = secrets.reduce((text, secret) => text.replaceAll(secret, '***'), raw)
      const [, level, text] = /\[(DBG|INF|WRN|ERR|FTL)\] (.*)/.exec(line) ?? [null, 'FTL', line]
      // It says so of any password in a file; ours is random, and the file private.
      const expected = level === 'INF' || level === 'DBG' || text?.startsWith('Plaintext passwords')
      if (expected === true) logger.debug('nats.server-log', { text })
      else logger.warn('nats.server-log', { text })
      if (level === 'FTL') complaint = text ?? ''
      // The last listener to come; the one for clients is there before.
      if (text?.startsWith('Listening for route connections') === true) {
        clearTimeout(timer)
        resolve()
      }
    })
    void ended.then((why) => {
      clearTimeout(timer)
      reject(
        new NatsError(
          'NATS_SERVER_FAILED',
          `nats-server did not start: ${why}`,
          'check `nats.embedded.listen` and the files named under `nats` in node.yaml, and that setpriv (util-linux) is installed',
        ),
      )
    })
  })
  return { child, ready, ended }
}

async function findProgram(name: string): Promise<string> {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/local/bin', '/usr/local/sbin', '/usr/bin', '/usr/sbin']
  for (const folder of folders.filter((each) => each !== '')) {
    const path = join(folder, name)
    const executable = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (executable) return path
  }
  throw new NatsError(
    'NATS_SERVER_MISSING',
    `the program ${name} was not found`,
    'install the package nats-server, or name your own NATS under `nats.servers` in node.yaml',
  )
}
