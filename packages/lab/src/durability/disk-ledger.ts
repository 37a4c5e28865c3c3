/**
 * What of a data folder is durable at each moment, judged by its system calls alone: a record is durable when the pages that first held it
 * were written, a sync of the file that began after that has returned, and a root of the file that was written after that is durable, too:
 * written through a descriptor that was opened with O_DSYNC, or synced in its turn.
 */
import type { Claim } from './claims.ts'
import { bytesGiven, type CallEvent, type SystemCall } from './system-calls.ts'

type Stage = 'writing' | 'written' | 'synced' | 'rooted' | 'durable'

const syncs: readonly string[] = ['fdatasync', 'fsync']
const writes: readonly string[] = ['pwrite64', 'pwritev', 'pwritev2', 'write', 'writev']
/** A root is written alone, and is smaller than a page. */
const pageBytes = 4096
const records = /\{"key":"(hard|snapshot|entry\/\d+)","value":\{"(?:term":(\d+),"votedFor":(?:"([^"]*)"|null)|index":(\d+),"term":(\d+))/g

/** Is it a file in which a data folder keeps its records? */
function isBook({ descriptor }: SystemCall): boolean {
  return /\/log(\.new)?\.mdb>$/.test(descriptor)
}

export class DiskLedger {
  readonly #stages = new Map<string, Stage>()
  /** The term in which each entry was written last. */
  readonly #terms = new Map<number, number>()
  /** What each sync and root that has begun will confirm when it returns. */
  readonly #covered = new Map<SystemCall, readonly string[]>()
  readonly #synchronous = new Set<string>()

  /** Takes note of a call on the folder's file. */
  take({ type, call }: CallEvent): void {
    if (call.name === 'openat') this.#opened(type, call)
    else if (!isBook(call)) return
    else if (syncs.includes(call.name)) this.#sync(type, call)
    else if (writes.includes(call.name) && isRoot(call)) this.#root(type, call)
    else if (writes.includes(call.name)) this.#pages(type, call)
  }

  /** Why the claim is not covered by the disk; null if it is. */
  doubt(claim: Claim): string | null {
    switch (claim.type) {
      case 'vote':
        return this.#isDurable(`hard ${claim.term} ${claim.votedFor}`) ? null : `the vote for ${claim.votedFor} in term ${claim.term}`
      case 'term':
        return claim.term === 0 || this.#durable('hard').some((term) => term >= claim.term) ? null : `term ${claim.term}`
      case 'matched': {
        if (claim.index === 0 || this.#durable('snapshot').some((index) => index >= claim.index)) return null
        const term = this.#terms.get(claim.index)
        return term !== undefined && this.#isDurable(`entry ${claim.index} ${term}`)
          ? null
          : `entry ${claim.index} of term ${term ?? 'unknown'}`
      }
    }
  }

  #isDurable(key: string): boolean {
    return this.#stages.get(key) === 'durable'
  }
  /** The first number of every durable record of a kind. */
  #durable(kind: 'hard' | 'snapshot'): number[] {
    return [...this.#stages]
      .filter(([key, stage]) => stage === 'durable' && key.startsWith(`${kind} `))
      .map(([key]) => Number(key.split(' ')[1]))
  }

  /** Whoever opens the file finds what is durable, and nothing of a transaction that was cut off. */
  #opened(type: CallEvent['type'], call: SystemCall): void {
    if (type !== 'end' || call.result === null || !/log(\.new)?\.mdb"/.test(call.args)) return
    for (const [key, stage] of this.#stages) if (stage !== 'durable') this.#stages.delete(key)
    if (call.args.includes('O_DSYNC')) this.#synchronous.add(String(call.result))
    else this.#synchronous.delete(String(call.result))
  }
  #pages(type: CallEvent['type'], call: SystemCall): void {
    if (type === 'begin') {
      const found = recordsIn(bytesGiven(call)).filter(({ key }) => !this.#stages.has(key))
      for (const { key, index, term } of found) {
        this.#stages.set(key, 'writing')
        if (index !== null) this.#terms.set(index, term)
      }
      this.#covered.set(
        call,
        found.map(({ key }) => key),
      )
    } else if (isDone(call)) this.#move(call, 'written')
  }
  #sync(type: CallEvent['type'], call: SystemCall): void {
    if (type === 'begin') this.#covered.set(call, this.#at('written', 'rooted'))
    else if (isDone(call)) {
      for (const key of this.#covered.get(call) ?? []) this.#stages.set(key, this.#stages.get(key) === 'rooted' ? 'durable' : 'synced')
    }
  }
  #root(type: CallEvent['type'], call: SystemCall): void {
    if (type === 'begin') this.#covered.set(call, this.#at('synced'))
    else if (isDone(call)) this.#move(call, this.#synchronous.has(/^\d+/.exec(call.descriptor)?.[0] ?? '') ? 'durable' : 'rooted')
  }

  #at(...stages: readonly Stage[]): string[] {
    return [...this.#stages].filter(([, stage]) => stages.includes(stage)).map(([key]) => key)
  }
  #move(call: SystemCall, stage: Stage): void {
    for (const key of this.#covered.get(call) ?? []) this.#stages.set(key, stage)
  }
}

function isDone({ result }: SystemCall): boolean {
  return result !== null && result >= 0
}

function isRoot(call: SystemCall): boolean {
  const [, length = '', offset = ''] = /, (\d+), (\d+)$/.exec(call.args) ?? []
  return call.name === 'pwrite64' && Number(length) < pageBytes && Number(offset) < 2 * pageBytes
}

interface Found {
  readonly key: string
  readonly index: number | null
  readonly term: number
}

/** The records that stand in the bytes of some pages: only when they first appear does it count, for pages are copied with all they hold. */
function recordsIn(bytes: string): readonly Found[] {
  return [...bytes.matchAll(records)].map(([, name = '', hardTerm, votedFor, index = '', term = '']) => {
    if (name === 'hard') return { key: `hard ${hardTerm ?? ''} ${votedFor ?? '-'}`, index: null, term: Number(hardTerm) }
    const kind = name === 'snapshot' ? 'snapshot' : 'entry'
    return { key: `${kind} ${index} ${term}`, index: kind === 'entry' ? Number(index) : null, term: Number(term) }
  })
}
