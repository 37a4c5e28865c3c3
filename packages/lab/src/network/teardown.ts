/**
 * Taking a lab down, blocking and from nothing but its run folder's name: the same code serves close(), a failed start,
 * Ctrl-C, the end of the process, and the janitor that cleans up after a lab which was killed.
 */
import { existsSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs'
import { commandSync } from '../command.ts'
import { NAMESPACES } from '../system/namespace.ts'
import type { RunFolder } from './run-folder.ts'
import { abandonedRunFolders } from './run-folder.ts'

const open = new Map<string, RunFolder>()
let watching = false

/** From now on this lab is taken down when the process ends, however it ends short of SIGKILL. */
export function takeDownAtExit(folder: RunFolder): void {
  open.set(folder.prefix, folder)
  if (watching) return
  watching = true
  process.on('exit', takeDownAll)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal)
}

function takeDownAll(): void {
  for (const folder of open.values()) takeDown(folder)
}

/** Cleans up, then lets the signal do what it would have done without us, unless the program handles it itself. */
function onSignal(signal: NodeJS.Signals): void {
  takeDownAll()
  process.removeListener(signal, onSignal)
  if (process.listenerCount(signal) === 0) process.kill(process.pid, signal)
}

/** Removes what labs left behind whose process died without cleaning up. */
export function takeDownAbandoned(): void {
  for (const folder of abandonedRunFolders()) takeDown(folder)
}

/** Frozen disks first, for a process that waits for one cannot even be killed; then processes, mounts, namespaces, files. */
export function takeDown(folder: RunFolder): void {
  open.delete(folder.prefix)
  const mounts = mountsBelow(folder.path)
  for (const mount of mounts) commandSync('fsfreeze', ['--unfreeze', mount])
  const namespaces = namespacesOf(folder.prefix)
  killProcessesIn(namespaces)
  for (const mount of mounts.toReversed()) {
    if (!commandSync('umount', [mount]).ok) commandSync('umount', ['--lazy', mount])
  }
  removeFakedClocks()
  if (namespaces.length > 0) commandSync('ip', ['-force', '-batch', '-'], namespaces.map((name) => `netns del ${name}\n`).join(''))
  rmSync(folder.path, { recursive: true, force: true })
}

const SHARED_MEMORY = '/dev/shm'

/** A program whose wall clock is faked leaves shared memory behind when it is killed. */
function removeFakedClocks(): void {
  for (const name of readdirSync(SHARED_MEMORY)) {
    const pid = /^(?:sem\.)?faketime_(?:shm|sem)_(\d+)$/.exec(name)?.[1]
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) rmSync(`${SHARED_MEMORY}/${name}`, { force: true })
  }
}

function mountsBelow(path: string): readonly string[] {
  const lines = readFileSync('/proc/self/mounts', 'utf8').split('\n')
  return lines.map((line) => line.split(' ')[1] ?? '').filter((mount) => mount.startsWith(`${path}/`))
}

export function namespacesOf(prefix: string): readonly string[] {
  try {
    return readdirSync(NAMESPACES).filter((name) => name.startsWith(`${prefix}-`))
  } catch {
    return []
  }
}

/** SIGKILL until no process is left in these namespaces: new ones may be born while we look. */
function killProcessesIn(namespaces: readonly string[]): void {
  const inodes = new Set(namespaces.map((name) => `net:[${statSync(`${NAMESPACES}/${name}`).ino}]`))
  for (let attempt = 0; attempt < 400; attempt++) {
    const pids = processesIn(inodes)
    if (pids.length === 0) return
    for (const pid of pids) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // It ended by itself.
      }
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
  }
}

function processesIn(inodes: ReadonlySet<string>): readonly number[] {
  const pids = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
  return pids.filter((pid) => {
    if (pid === process.pid) return false
    try {
      return inodes.has(readlinkSync(`/proc/${pid}/ns/net`))
    } catch {
      return false
    }
  })
}
