/** One movip daemon, the built program, in one host of the lab. */
import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Client as Api, StatusAnswer } from '@movip/core/client'
import { createClient as createApi } from '@movip/core/client'
import { LabError } from '../errors.ts'
import type { Disk } from '../faults/disk.ts'
import { freezeChildren, freezeTree, killChild, killTree, processTree, thawTree } from '../faults/processes.ts'
import type { Host } from '../network/host.ts'
import { inHost } from '../network/host.ts'
import { pollUntil } from '../wait.ts'

/** The built command line program, the same from the sources and from the build of this package. */
export const PROGRAM = fileURLToPath(new URL('../../../cli/bin/run.js', import.meta.url))
const NATS_PORT = 6222
const STOP_MS = 20_000

export interface Daemon {
  readonly name: string
  readonly host: Host
  readonly disk: Disk
  readonly socket: string
  readonly configFile: string
  readonly logFile: string
  readonly api: Api
  /** Process id of the daemon; null while it does not run. */
  pid(): number | null
  /** Of its last life; null: it runs, or a signal ended it. */
  exitCode(): number | null
  start(): void
  /** null while it does not answer. */
  status(): Promise<StatusAnswer | null>
  /** SIGTERM, and waits for the end. Returns the exit code. */
  stop(): Promise<number | null>
  /** kill -9 of the daemon and everything it started. */
  kill(): Promise<void>
  /** kill -9 of children by name, the daemon itself lives on. Returns how many there were. */
  killChildren(name: string): number
  freeze(): void
  /** Stops children by name, the daemon itself goes on. Returns how many there were. */
  freezeChildren(name: string): number
  /** Ends either. */
  thaw(): void
  /** Resident memory of the daemon and all below it, MB. */
  residentMb(): number
  /** CPU time used so far by the daemon and all below it, or by those of them of that name, ms. */
  cpuMs(name?: string): number
  log(): string
}

export interface DaemonOptions {
  readonly host: Host
  readonly disk: Disk
  /** Folder for configuration, socket and log: never on the disk that will fail. */
  readonly folder: string
  readonly clusterFile: string
  readonly secretFile: string
  /** Its planes, as `node.yaml` has them; undefined: its nats-server in the lab's one network. */
  readonly nats: readonly object[] | undefined
  /** All of `node.yaml`, given where its socket is and what keeps its data; without it one is written. */
  readonly nodeYaml?: (place: { readonly socket: string; readonly data: string }) => string
  /** Further lines of `node.yaml`. */
  readonly nodeLines?: readonly string[]
  /** A program with its arguments that runs the daemon and leaves it in its place, such as a tracer. Asked at each start. */
  readonly under: () => readonly string[]
}

export function createDaemon(options: DaemonOptions): Daemon {
  const { host, disk, folder } = options
  mkdirSync(folder, { recursive: true })
  const socket = join(folder, 'movip.sock')
  const logFile = join(folder, 'log')
  const configFile = join(folder, 'node.yaml')
  writeFileSync(configFile, options.nodeYaml?.({ socket, data: join(disk.path, 'data') }) ?? nodeYaml(options, socket))
  const api = createApi({ socket, timeoutMs: 1000 })
  let child: ChildProcess | null = null
  let frozen: readonly number[] = []
  const pid = (): number | null => (child !== null && child.exitCode === null && child.signalCode === null ? (child.pid ?? null) : null)
  const running = (): number => {
    const found = pid()
    if (found === null) throw new LabError('CHILD_ENDED', `The daemon of ${host.name} does not run.`, `Its log ends: ${tail(logFile)}`)
    return found
  }
  const ended = async (): Promise<void> => {
    if (child !== null && pid() !== null) await once(child, 'exit', { signal: AbortSignal.timeout(STOP_MS) })
  }
  return {
    name: host.name,
    host,
    disk,
    socket,
    configFile,
    logFile,
    api,
    pid,
    exitCode: () => child?.exitCode ?? null,
    start() {
      const [program, ...rest] = [...options.under(), process.execPath, PROGRAM, 'run', '--config', configFile]
      const { file, args } = inHost(host.namespace, program, rest)
      const log = openSync(logFile, 'a')
      child = spawn(file, args, { stdio: ['ignore', log, log] })
      child.on('error', () => {})
      closeSync(log)
    },
    status: () => api.status().catch(() => null),
    async stop() {
      const leaving = child
      process.kill(running(), 'SIGTERM')
      await ended()
      return leaving?.exitCode ?? null
    },
    async kill() {
      killTree(running())
      await ended()
    },
    killChildren: (name) => killChild(running(), name),
    freeze: () => void (frozen = freezeTree(running())),
    freezeChildren(name) {
      frozen = freezeChildren(running(), name)
      return frozen.length
    },
    thaw: () => thawTree(frozen),
    residentMb: () => treeSum(running(), residentMbOf),
    cpuMs: (name) => treeSum(running(), cpuMsOf, name),
    log: () => readFileSync(logFile, 'utf8'),
  }
}

function nodeYaml({ host, disk, clusterFile, secretFile, nats, nodeLines = [] }: DaemonOptions, socket: string): string {
  return [
    `node: ${host.name}`,
    `data: ${join(disk.path, 'data')}`,
    `bootstrap: ${clusterFile}`,
    `nats: ${JSON.stringify(nats ?? { embedded: { listen: `${host.ipv4}:${NATS_PORT}`, secret: secretFile } })}`,
    'interfaces: { lan: eth0 }',
    `api: { socket: ${socket} }`,
    ...nodeLines,
    '',
  ].join('\n')
}

function tail(file: string): string {
  return readFileSync(file, 'utf8').split('\n').slice(-15).join('\n')
}

function treeSum(root: number, measure: (pid: number) => number, name?: string): number {
  const processes = processTree(root).filter((process) => name === undefined || process.name === name)
  return processes.reduce((sum, { pid }) => sum + measure(pid), 0)
}

function residentMbOf(pid: number): number {
  const line = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return Number(line?.[1] ?? 0) / 1024
}

/** utime and stime, in ticks of 10 ms: exact enough over many seconds. */
function cpuMsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}

/** Waits until the daemon answers on its socket. Until it runs with SCHED_RR, it starts as slowly as a busy machine lets it. */
export async function untilAnswering(daemon: Daemon, timeoutMs = 60_000): Promise<StatusAnswer> {
  return pollUntil(
    () => {
      if (daemon.pid() === null)
        throw new LabError('CHILD_ENDED', `The daemon of ${daemon.name} ended.`, `Its log: ${daemon.log().slice(-3000)}`)
      return daemon.status()
    },
    `an answer of the daemon of ${daemon.name}`,
    { timeoutMs, everyMs: 30 },
  )
}
