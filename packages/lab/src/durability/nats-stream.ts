/** What a NATS client publishes on one connection, put together from the bytes of its writes. */
export interface Published {
  readonly payload: string
  /** Where the write began that its first byte was in. */
  readonly line: number
}

export class NatsStream {
  #rest = ''
  #line = 0

  /** The messages that these bytes complete. */
  take(bytes: string, line: number): readonly Published[] {
    if (this.#rest === '') this.#line = line
    this.#rest += bytes
    const found: Published[] = []
    for (;;) {
      const end = this.#rest.indexOf('\r\n')
      if (end === -1) return found
      const [verb = '', ...words] = this.#rest.slice(0, end).split(' ')
      const length = verb === 'PUB' ? Number(words.at(-1)) : 0
      const next = verb === 'PUB' ? end + 2 + length + 2 : end + 2
      if (this.#rest.length < next) return found
      if (verb === 'PUB') found.push({ payload: this.#rest.slice(end + 2, end + 2 + length), line: this.#line })
      this.#rest = this.#rest.slice(next)
      // Whatever begins now, begins within the bytes of this write.
      this.#line = line
    }
  }
}
