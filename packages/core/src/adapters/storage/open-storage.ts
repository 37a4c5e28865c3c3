import { randomUUID } from 'node:crypto'
import { mkdir, readdir } from 'node:fs/promises'
import { extname, resolve } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { ClusterSpec, Stored, Write } from '../../model/index.ts'
import type { Storage, StorageOptions } from '../../ports.ts'
import { bookName } from './book-name.ts'
import { createDiskWatch } from './disk-watch.ts'
import { StorageError, fromSystem } from './error.ts'
import { checkOurs } from './inspect-folder.ts'
import { lockFolder, type FolderLock } from './lock.ts'
import { checkOrder, extentOf } from './order.ts'
import { readInChild } from './read-in-child.ts'
import { checkRefusal, markRefused } from './refusal.ts'
import type { FromThread, ThreadStart, ToThread } from './thread.ts'

/** How long closing waits for writes that a hanging or full disk does not take. */
const closeMs = 2000

const sibling = (name: string): URL => new URL(`./${name}${extname(import.meta.filename)}`, import.meta.url)

/** Opens a data folder, or refuses it with a StorageError and leaves it as it is. */
export async function openStorage(options: StorageOptions): Promise<Storage> {
  const folder = resolve(options.folder)
  await prepareFolder(folder)
  const lock = await lockFolder(folder)
  try {
    checkRefusal(folder)
    const names = await readdir(folder)
    const isNew = !names.includes(bookName)
    if (!isNew && options.isVerified !== true) await readInChild(folder)
    const create = isNew ? { dataId: randomUUID(), stored: bootstrapped(options.bootstrap()) } : null
    return await startThread({ folder, node: options.node, cluster: options.cluster, create }, lock)
  } catch (error) {
    await lock.release()
    throw error
  }
}

function bootstrapped(spec: ClusterSpec): Stored {
  const state = { spec, assignments: {}, bindings: {}, longestLeaseMs: spec.timing.leaseMs }
  return { hard: { term: 0, votedFor: null }, snapshot: { index: 0, term: 0, state }, entries: [] }
}

/** Makes the folder, or makes sure that the one there is empty or ours, before anything is put into it. */
async function prepareFolder(folder: string): Promise<void> {
  let names: readonly string[]
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    names = await readdir(folder)
  } catch (cause) {
    throw fromSystem(folder, 'opening', cause)
  }
  if (names.includes(bookName)) return
  checkOurs(folder, names)
}

function startThread(start: ThreadStart, lock: FolderLock): Promise<Storage> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(sibling('thread'), { workerData: start, execArgv: [], resourceLimits: { maxYoungGenerationSizeMb: 4 } })
    worker.once('error', reject)
    worker.once('message', (first: FromThread) => {
      worker.off('error', reject)
      if (first.type === 'refused') reject(new StorageError(first.code, first.message, first.fix))
      else if (first.type === 'opened') resolve(createStorage({ worker, opened: first, lock, folder: start.folder }))
    })
  })
}

interface StorageParts {
  readonly worker: Worker
  readonly opened: Extract<FromThread, { type: 'opened' }>
  readonly lock: FolderLock
  readonly folder: string
}

function createStorage({ worker, opened, lock, folder }: StorageParts): Storage {
  const watch = createDiskWatch()
  const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
  let tellPersisted: (id: number) => void = () => undefined
  let nextId: number | null = null
  let extent = extentOf(opened.stored)
  let closed = false

  worker.on('message', (message: FromThread) => {
    if (closed) return
    if (message.type === 'failing') watch.failed(message.reason)
    if (message.type !== 'persisted') return
    watch.persisted(message.id)
    tellPersisted(message.id)
  })

  return {
    incarnation: { dataId: opened.meta.dataId, generation: opened.meta.generation },
    stored: opened.stored,
    write(write: Write) {
      if (closed) throw new Error('storage is closed')
      if (nextId !== null && write.id !== nextId) throw new Error(`write ${write.id} was started where write ${nextId} is due`)
      extent = checkOrder(write, extent)
      nextId = write.id + 1
      watch.started(write.id)
      send(worker, { type: 'write', write })
    },
    onPersisted: (receiver) => void (tellPersisted = receiver),
    onFailing: watch.onFailing,
    refuse: (why) => markRefused(folder, why),
    async close() {
      if (closed) return ended
      send(worker, { type: 'close' })
      const inTime = await withinMs(ended, closeMs)
      closed = true
      watch.stop()
      // A thread that hangs in the kernel cannot be ended; the folder stays locked until it or the process is gone.
      if (!inTime) void worker.terminate()
      worker.unref()
      if (inTime) await lock.release()
    },
  }
}

function send(worker: Worker, message: ToThread): void {
  worker.postMessage(message)
}

async function withinMs(promise: Promise<void>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<false>((resolve) => void (timer = setTimeout(() => resolve(false), ms)))
  const inTime = await Promise.race([promise.then(() => true), late])
  clearTimeout(timer)
  return inTime
}
