import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { BackendError } from '../backend.ts'
import type { GroupId, ServicePart } from '../model/index.ts'

/** A part of a group's service, as number `order` of its parts. */
export interface PlacedPart {
  readonly group: GroupId
  readonly order: number
  readonly part: ServicePart
}

const text = z.string()
const count = z.number()
const options = z.record(z.string(), z.unknown())
const schema: z.ZodType<PlacedPart> = z.strictObject({
  group: text,
  order: count,
  part: z.strictObject({ id: text, kind: text, startMs: count, stopMs: count, options }),
})

/** Names the life that has kept the record last. */
const lifeName = 'life'
const suffix = '.json'
/** How long closing waits for a disk that hangs. */
const closeMs = 2000

/**
 * What this node has started of services and not stopped since, on disk, one file for each: a later life stops it, whatever the configuration
 * says by then. Nothing is flushed: the files survive the process, and what ends the machine ends what it ran.
 */
export class StartedRecord {
  private readonly folder: string
  private readonly generation: number
  /** By the name of its file, until it is forgotten; resolves when it is on disk. */
  private readonly noted = new Map<string, Promise<void>>()
  /** Writes come one after the other, so that a disk that hangs holds a single thread. */
  private turn: Promise<unknown> = Promise.resolve()
  private found: readonly PlacedPart[] = []
  private whole = false

  private constructor(folder: string, generation: number) {
    this.folder = folder
    this.generation = generation
  }

  /** `generation`: which start of the data folder this is. */
  static async open(data: string, generation: number): Promise<StartedRecord> {
    const record = new StartedRecord(join(data, 'started'), generation)
    await record.read()
    return record
  }

  /** What earlier lives have noted. */
  get left(): readonly PlacedPart[] {
    return this.found
  }

  /** That is all there can be: the life before this one kept the record, and all of it can be read. */
  get isWhole(): boolean {
    return this.whole
  }

  private async read(): Promise<void> {
    try {
      const names = (await readdir(this.folder)).filter((name) => name.endsWith(suffix))
      const texts = await Promise.all([lifeName, ...names].map((name) => readFile(join(this.folder, name), 'utf8').catch(() => '')))
      const parts = names.map((name, index) => [name, partIn(texts[index + 1] ?? '')] as const)
      this.found = parts.flatMap(([, part]) => part ?? [])
      for (const [name, part] of parts) if (part !== null) this.noted.set(name, Promise.resolve())
      // One of another version, which keeps none, may have run in between.
      if (Number(texts[0]) !== this.generation - 1 || parts.some(([, part]) => part === null)) return
      await this.write(lifeName, String(this.generation))
      this.whole = true
    } catch {
      // There is none so far, or it cannot be kept: the next life is told neither.
    }
  }

  /** Before it is started. Throws `BackendError` where it cannot be written. */
  async note(part: PlacedPart, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    const name = nameOf(part)
    try {
      await orAborted(this.noted.get(name) ?? this.begin(name, part), signal)
    } catch (error) {
      if (signal.aborted) throw error
      const why = error instanceof Error ? error.message : String(error)
      const fix = 'make room on the disk of the data folder, or replace it'
      throw new BackendError('FAILED', `that ${part.part.id} is started here could not be written down: ${why}`, fix)
    }
  }

  /** It was started by this life or an earlier one, and is not known to be stopped. */
  has(part: PlacedPart): boolean {
    return this.noted.has(nameOf(part))
  }

  private begin(name: string, part: PlacedPart): Promise<void> {
    const noted = this.inTurn(() => this.write(name, JSON.stringify(part)))
    this.noted.set(name, noted)
    // The next start tries again.
    noted.catch(() => this.noted.get(name) === noted && this.noted.delete(name))
    return noted
  }

  /** It was stopped. Where that cannot be written, it is only looked for once more. */
  forget(part: PlacedPart): void {
    const name = nameOf(part)
    if (!this.noted.delete(name)) return
    this.inTurn(() => rm(join(this.folder, name), { force: true })).catch(() => undefined)
  }

  /** What earlier lives have left is down, and nothing was started since. */
  clear(): void {
    for (const part of this.found) this.forget(part)
    this.found = []
    if (!this.whole) this.inTurn(() => this.startAnew()).catch(() => undefined)
  }

  private async startAnew(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true })
    await this.write(lifeName, String(this.generation))
    this.whole = true
  }

  async close(): Promise<void> {
    await Promise.race([this.turn, sleep(closeMs, undefined, { ref: false })])
  }

  private inTurn(act: () => Promise<void>): Promise<void> {
    const done = this.turn.then(act)
    this.turn = done.catch(() => undefined)
    return done
  }

  /** Whole or not at all. */
  private async write(name: string, content: string): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 })
    const unfinished = join(this.folder, `${name}.new`)
    await writeFile(unfinished, content, { mode: 0o600 })
    await rename(unfinished, join(this.folder, name))
  }
}

/** Two that are configured alike are the same. */
export function keyOfPart({ group, order, part }: PlacedPart): string {
  return JSON.stringify([group, order, part])
}

function nameOf(part: PlacedPart): string {
  return `${createHash('sha256').update(keyOfPart(part)).digest('hex')}${suffix}`
}

function partIn(content: string): PlacedPart | null {
  try {
    return schema.parse(JSON.parse(content))
  } catch {
    return null
  }
}

async function orAborted(done: Promise<void>, signal: AbortSignal): Promise<void> {
  const aborted = Promise.withResolvers<never>()
  const onAbort = (): void => aborted.reject(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    await Promise.race([done, aborted.promise])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
