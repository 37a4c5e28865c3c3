import type { Incarnation, Instant, NodeId } from '../../model/index.ts'
import { Pool } from './pool.ts'

type Fields = Record<string, unknown>

/** How one kind of thing is written down. */
interface Shape {
  readonly kind: 'array' | 'map' | 'set' | 'plain' | 'shared' | 'fixed'
  readonly keys: readonly string[]
}

/**
 * Fields that hold an instant of their node's own clock, or a map of such instants, and how far back (in `memoryMs`) they are told
 * apart: anything older is one "long ago". Of what is only compared with now, all that is past is the same (0). The rest is the
 * longest time that a rule of the engine counts from there.
 */
const INSTANTS: ReadonlyMap<string, number> = new Map([
  ...[
    'electionAt',
    'nextBeatAt',
    'until',
    'restartUntil',
    'leavingUntil',
    'end',
    'requests',
    'heardWishes',
    'penalties',
    'startedAt',
    'noneEndsBefore',
    'paidUntil',
  ].map((key) => [key, 0] as const),
  ...['wakeAt', 'beatAt', 'madeAt', 'coordinatorHeardAt', 'deniedAt', 'proposedAt', 'askedAt'].map((key) => [key, 1] as const),
  ...['heardAt', 'since', 'releasedAt', 'ownTermCommittedAt'].map((key) => [key, 2] as const),
  ['differsSince', 3],
  ['at', 5],
  ['fencedUntil', 5],
])
/**
 * Fields whose numbers are no instants. A number of a name that stands nowhere is refused: kept as it is while time passes, an instant
 * would lead a world to where none can come.
 */
const COUNTS: ReadonlySet<string> = new Set(
  [
    'term index epoch epochBefore generation commit quorumCommit toldCommit matched durable applied match next lastIndex lastTerm',
    'version prevIndex prevTerm bootIndex asked listed cutFrom compactTo compactAfter coordinates base',
    'heartbeatMs leaseMs electionMs driftPpmMax longestLeaseMs latenessMs',
    // The items of a list, and the names in a map.
    '',
  ].flatMap((names) => names.split(' ')),
)
/**
 * Fields that number writes. They are counted from the last one that is on disk: how many there were before it changes nothing that
 * comes, and worlds that differ in it alone are one.
 */
const WRITES: ReadonlySet<string> = new Set(['id', 'nextId', 'durableId', 'after', 'write', 'ownVote'])
/** Beats and appends: longer than any message flies, so that what arrives is always told from what is long ago. */
const SENT = 4

/** What a part of the engine refers to and does not own, or counts anew whenever it counts: the fresh engine that is filled has its own. */
const REFERENCES = new Set(['context', 'wave'])

/** Values that nobody changes, so that all who have an equal one may have the same one. */
const SHARED_FIELDS = new Set(['bindings', 'checkedBindings'])

/** Loaded values that are kept at a time, so that many nodes can share them. */
const MOST_SHARED = 50_000

export interface CodecOptions {
  /** An engine's brain in its first moment, which a stored one is filled into. */
  readonly fresh: (self: NodeId, incarnation: Incarnation) => object
  /** How far a node's clock runs in one tick, ms. */
  readonly tickMs: Readonly<Record<NodeId, number>>
  /** The longer of lease and election time, ms: what the memory of the rules is measured in. */
  readonly memoryMs: number
}

/**
 * Turns the state of an engine, or any value of the model, into a number and back. Equal values get equal numbers, down to
 * their smallest parts, which they share. All instants are relative to now: a clock shows 0 whenever something is stored
 * or loaded, and `age` makes of a stored value what it is one tick later. Likewise the last write on disk has the number 0.
 */
export class Codec {
  readonly #options: CodecOptions
  readonly #pool = new Pool()
  /** Numbers, words, true, false, null, undefined. Their ids are negative. */
  readonly #atoms: unknown[] = []
  readonly #atomIds = new Map<unknown, number>()
  readonly #shapes: Shape[] = []
  readonly #shapeIds = new Map<string, number>()
  readonly #fixedShapes = new Map<unknown, number>()
  readonly #shared = new Map<number, object>()
  readonly #sharedIds = new WeakMap<object, number>()
  readonly #agedIds = new Map<number, number>()
  #stack = new Int32Array(1 << 14)
  #top = 0
  #self: NodeId = ''
  #ages = false
  #written = 0

  constructor(options: CodecOptions) {
    this.#options = options
  }

  /** Number of different composed values stored. */
  get size(): number {
    return this.#pool.size
  }

  /** `self`: whose clock the instants in it are of, where they do not say so themselves. `written`: the last write on its disk. */
  store(value: unknown, self: NodeId = '', written = 0): number {
    this.#self = self
    this.#ages = false
    this.#written = written
    return this.#encode('', value)
  }
  /** The id of the same value one tick later. */
  age(id: number, self: NodeId = ''): number {
    const value = this.load(id)
    this.#self = self
    this.#ages = true
    this.#written = 0
    return this.#encode('', value)
  }

  load(id: number): unknown {
    if (id < 0) return this.#atoms[-1 - id]
    const { kind, keys } = this.#shapeOf(id)
    switch (kind) {
      case 'array':
        return this.#items(id)
      case 'set':
        return new Set(this.#items(id))
      case 'map':
        return this.#loadMap(id)
      case 'plain':
        return this.#fields(id, keys)
      case 'shared':
        return this.#loadShared(id, keys)
      case 'fixed':
        return this.#loadEngine(id, keys)
    }
  }

  #encode(key: string, value: unknown): number {
    if (typeof value === 'number') {
      const memory = INSTANTS.get(key)
      if (memory !== undefined) return this.#atom(this.#instant(value, this.#self, memory))
      if (WRITES.has(key)) return this.#atom(Math.max(0, value - this.#written))
      if (!COUNTS.has(key)) throw new Error(`is the number "${key}" an instant? codec.ts has to know`)
      return this.#atom(value)
    }
    if (typeof value !== 'object' || value === null) return this.#atom(value)
    if (Array.isArray(value)) return this.#sequence('array', value)
    if (value instanceof Set) return this.#sequence('set', value)
    if (value instanceof Map) return this.#map(key, value)
    if (value.constructor !== Object || 'admit' in value) return this.#fixed(value as Fields)
    return isShared(key, value) ? this.#sharedValue(value as Fields) : this.#plain('plain', value as Fields)
  }
  #atom(value: unknown): number {
    const known = this.#atomIds.get(value)
    if (known !== undefined) return known
    this.#atoms.push(value)
    const id = -this.#atoms.length
    this.#atomIds.set(value, id)
    return id
  }
  /** Thousandths of a millisecond tell the beats of one instant apart; anything finer is noise of the arithmetic. */
  #instant(value: Instant, clock: NodeId, memory: number): Instant {
    if (!Number.isFinite(value)) return value
    const tickMs = this.#ages ? this.#options.tickMs[clock] : 0
    if (tickMs === undefined) throw new Error(`an instant of an unknown clock (${clock})`)
    return Math.max(-memory * this.#options.memoryMs - 1, Math.round((value - tickMs) * 1000) / 1000)
  }

  #sequence(kind: 'array' | 'set', values: Iterable<unknown>): number {
    const begin = this.#begin(kind, [])
    for (const value of values) this.#push(this.#encode('', value))
    return this.#seal(begin)
  }
  #map(key: string, map: ReadonlyMap<unknown, unknown>): number {
    const begin = this.#begin('map', [])
    for (const [name, value] of map) {
      this.#push(this.#encode('', name))
      this.#push(this.#encode(key, value))
    }
    return this.#seal(begin)
  }
  #plain(kind: 'plain' | 'shared', value: Fields): number {
    const keys = Object.keys(value)
    const begin = this.#begin(kind, keys)
    for (const key of keys) {
      const field = value[key]
      // The time at which a beat was sent is on its sender's clock, in whatever it is mentioned.
      const isName = key === 'sentAt' && typeof field === 'number'
      this.#push(isName ? this.#atom(this.#instant(field, this.#senderOf(value), SENT)) : this.#encode(key, field))
    }
    return this.#seal(begin)
  }
  #senderOf({ from, node }: Fields): NodeId {
    return typeof from === 'string' ? from : typeof node === 'string' ? node : this.#self
  }
  #sharedValue(value: Fields): number {
    const known = this.#sharedIds.get(value)
    if (!this.#ages) {
      if (known !== undefined) return known
      const id = this.#plain('shared', value)
      this.#sharedIds.set(value, id)
      return id
    }
    const aged = known === undefined ? undefined : this.#agedIds.get(known)
    if (aged !== undefined) return aged
    const id = this.#plain('shared', value)
    if (known !== undefined) this.#agedIds.set(known, id)
    return id
  }
  /** An object that is made by its class and only filled here: functions and references are its own from birth. */
  #fixed(value: Fields): number {
    const kind: unknown = value.constructor === Object ? 'raft state' : value.constructor
    let shape = this.#fixedShapes.get(kind)
    if (shape === undefined) {
      const keys = Object.keys(value).filter((key) => typeof value[key] !== 'function' && !REFERENCES.has(key))
      shape = this.#shapes.push({ kind: 'fixed', keys }) - 1
      this.#fixedShapes.set(kind, shape)
    }
    const begin = this.#top
    this.#push(shape)
    for (const key of (this.#shapes[shape] as Shape).keys) this.#push(this.#encode(key, value[key]))
    return this.#seal(begin)
  }

  #begin(kind: Shape['kind'], keys: readonly string[]): number {
    const name = `${kind} ${keys.join()}`
    let shape = this.#shapeIds.get(name)
    if (shape === undefined) {
      shape = this.#shapes.push({ kind, keys }) - 1
      this.#shapeIds.set(name, shape)
    }
    const begin = this.#top
    this.#push(shape)
    return begin
  }
  #push(id: number): void {
    if (this.#top === this.#stack.length) {
      const larger = new Int32Array(this.#stack.length * 2)
      larger.set(this.#stack)
      this.#stack = larger
    }
    this.#stack[this.#top] = id
    this.#top += 1
  }
  #seal(begin: number): number {
    const id = this.#pool.intern(this.#stack, begin, this.#top)
    this.#top = begin
    return id
  }

  #shapeOf(id: number): Shape {
    return this.#shapes[this.#pool.at(id, 0)] as Shape
  }
  #items(id: number): unknown[] {
    const items: unknown[] = []
    const length = this.#pool.lengthOf(id)
    for (let position = 1; position < length; position += 1) items.push(this.load(this.#pool.at(id, position)))
    return items
  }
  #loadMap(id: number): Map<unknown, unknown> {
    const map = new Map<unknown, unknown>()
    const length = this.#pool.lengthOf(id)
    for (let position = 1; position < length; position += 2)
      map.set(this.load(this.#pool.at(id, position)), this.load(this.#pool.at(id, position + 1)))
    return map
  }
  #fields(id: number, keys: readonly string[]): Fields {
    const fields: Fields = {}
    for (let position = 0; position < keys.length; position += 1)
      fields[keys[position] as string] = this.load(this.#pool.at(id, position + 1))
    return fields
  }
  #loadShared(id: number, keys: readonly string[]): object {
    const known = this.#shared.get(id)
    if (known !== undefined) return known
    if (this.#shared.size >= MOST_SHARED) this.#shared.clear()
    // Should anybody change it after all, this throws.
    const value = Object.freeze(this.#fields(id, keys))
    this.#shared.set(id, value)
    this.#sharedIds.set(value, id)
    return value
  }
  #loadEngine(id: number, keys: readonly string[]): object {
    const field = (key: string): unknown => this.load(this.#pool.at(id, keys.indexOf(key) + 1))
    const brain = this.#options.fresh(field('self') as NodeId, field('incarnation') as Incarnation)
    this.#fill(brain as Fields, id)
    return brain
  }
  #fill(target: Fields, id: number): void {
    const { keys } = this.#shapeOf(id)
    for (let position = 0; position < keys.length; position += 1) {
      const key = keys[position] as string
      const child = this.#pool.at(id, position + 1)
      if (child >= 0 && this.#shapeOf(child).kind === 'fixed') this.#fill(target[key] as Fields, child)
      else target[key] = this.load(child)
    }
  }
}

/** Messages, configurations, states and entries are never changed once they are made. */
function isShared(key: string, value: object): boolean {
  return 'from' in value && 'type' in value
    ? true
    : 'assignments' in value || 'timing' in value || 'body' in value || SHARED_FIELDS.has(key)
}
