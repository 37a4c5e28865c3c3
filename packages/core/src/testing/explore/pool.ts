const EMPTY = 0

/** A growing list of whole numbers (32 bit). What was never set is 0. */
export class Column {
  #items = new Int32Array(1 << 10)

  get(position: number): number {
    return this.#items[position] ?? 0
  }
  set(position: number, value: number): void {
    if (position >= this.#items.length) this.#items = grown(this.#items, position + 1)
    this.#items[position] = value
  }
}

/**
 * Gives equal lists of whole numbers the same small number, their id; ids count from 0. The lists themselves are kept and
 * compared, not only a fingerprint of them: two lists never share an id by an accident of hashing.
 */
export class Pool {
  #items = new Int32Array(1 << 12)
  /** Where the list of an id ends; it begins where the one before it ends. */
  #ends = new Int32Array(1 << 10)
  /** Open addressing; id + 1. */
  #table = new Int32Array(1 << 11)
  #size = 0

  get size(): number {
    return this.#size
  }

  /** The id of the list that stands in `items` from `begin` up to `end`. */
  intern(items: ArrayLike<number>, begin = 0, end = items.length): number {
    const mask = this.#table.length - 1
    let slot = hashOf(items, begin, end) & mask
    for (let entry = this.#table[slot] as number; entry !== EMPTY; entry = this.#table[slot] as number) {
      if (this.#equals(entry - 1, items, begin, end)) return entry - 1
      slot = (slot + 1) & mask
    }
    const id = this.#append(items, begin, end)
    this.#table[slot] = id + 1
    if (this.#size * 3 > this.#table.length * 2) this.#rehash()
    return id
  }

  lengthOf(id: number): number {
    return (this.#ends[id] as number) - this.#beginOf(id)
  }
  at(id: number, position: number): number {
    return this.#items[this.#beginOf(id) + position] as number
  }
  read(id: number): Int32Array {
    return this.#items.slice(this.#beginOf(id), this.#ends[id])
  }
  readInto(id: number, into: Int32Array): void {
    const begin = this.#beginOf(id)
    const length = this.lengthOf(id)
    for (let position = 0; position < length; position += 1) into[position] = this.#items[begin + position] as number
  }

  #beginOf(id: number): number {
    return id === 0 ? 0 : (this.#ends[id - 1] as number)
  }
  #equals(id: number, items: ArrayLike<number>, begin: number, end: number): boolean {
    const from = this.#beginOf(id)
    if ((this.#ends[id] as number) - from !== end - begin) return false
    for (let offset = 0; offset < end - begin; offset += 1) if (this.#items[from + offset] !== items[begin + offset]) return false
    return true
  }
  #append(items: ArrayLike<number>, begin: number, end: number): number {
    const id = this.#size
    const from = this.#beginOf(id)
    const to = from + end - begin
    if (to > this.#items.length) this.#items = grown(this.#items, to)
    if (id >= this.#ends.length) this.#ends = grown(this.#ends, id + 1)
    for (let offset = 0; offset < end - begin; offset += 1) this.#items[from + offset] = items[begin + offset] as number
    this.#ends[id] = to
    this.#size += 1
    return id
  }
  #rehash(): void {
    const table = new Int32Array(this.#table.length * 2)
    const mask = table.length - 1
    for (let id = 0; id < this.#size; id += 1) {
      let slot = hashOf(this.#items, this.#beginOf(id), this.#ends[id] as number) & mask
      while (table[slot] !== EMPTY) slot = (slot + 1) & mask
      table[slot] = id + 1
    }
    this.#table = table
  }
}

/** What a function of two whole numbers yielded, so that it need not be asked twice. */
export class Memo {
  readonly #pairs = new Pool()
  readonly #results = new Column()
  readonly #pair = new Int32Array(2)

  get size(): number {
    return this.#pairs.size
  }

  get(first: number, second: number, compute: () => number): number {
    this.#pair[0] = first
    this.#pair[1] = second
    const known = this.#pairs.size
    const position = this.#pairs.intern(this.#pair)
    if (position < known) return this.#results.get(position)
    const result = compute()
    this.#results.set(position, result)
    return result
  }
}

function hashOf(items: ArrayLike<number>, begin: number, end: number): number {
  let hash = 0x811c9dc5 ^ (end - begin)
  for (let position = begin; position < end; position += 1) {
    hash = Math.imul(hash ^ (items[position] as number), 0x9e3779b1)
    hash ^= hash >>> 15
  }
  hash = Math.imul(hash, 0x85ebca6b)
  return (hash ^ (hash >>> 13)) >>> 0
}

/** By half again, as far as possible: doubling the largest lists would not fit beside them. */
function grown(items: Int32Array, atLeast: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(Math.max(atLeast, Math.ceil(items.length * 1.5)))
  larger.set(items)
  return larger
}
