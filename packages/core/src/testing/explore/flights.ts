import type { Codec } from './codec.ts'
import { Memo, Pool } from './pool.ts'

/** A message that flies for so many ticks never arrives: two lease times. */
const LONGEST_FLIGHT = 6
/** Messages that fly, or are set aside, at a time; when there are more the oldest is lost. */
const MOST_FLYING = 40
const MOST_ASIDE = 3

/** Fields of a flight. */
const [TO, MESSAGE, AGE] = [0, 1, 2]

/**
 * Messages on their way. A flight says to whom, which message, and for how many ticks it has flown; a flight is a number, and so
 * is a list of flights. Lists are never changed: a number stands for the same flights for ever.
 */
export class Flights {
  readonly #codec: Codec
  readonly #flights = new Pool()
  readonly #lists = new Pool()
  readonly #aged = new Memo()
  readonly nothing: number

  constructor(codec: Codec) {
    this.#codec = codec
    this.nothing = this.#lists.intern([])
  }

  to(flight: number): number {
    return this.#flights.at(flight, TO)
  }
  message(flight: number): number {
    return this.#flights.at(flight, MESSAGE)
  }
  lengthOf(list: number): number {
    return this.#lists.lengthOf(list)
  }
  at(list: number, position: number): number {
    return this.#lists.at(list, position)
  }
  readInto(list: number, flights: number[]): void {
    flights.length = this.#lists.lengthOf(list)
    for (let position = 0; position < flights.length; position += 1) flights[position] = this.#lists.at(list, position)
  }
  listOf(flights: readonly number[]): number {
    return this.#lists.intern(flights)
  }

  /** Puts one more message on its way. */
  add(flights: number[], to: number, message: number): void {
    flights.push(this.#flights.intern([to, message, 0]))
    if (flights.length > MOST_FLYING) flights.shift()
  }
  /** The list of what was set aside, with one more. */
  setAside(list: number, flight: number): number {
    const aside = [...this.#lists.read(list), flight]
    if (aside.length > MOST_ASIDE) aside.shift()
    return this.#lists.intern(aside.toSorted((a, b) => a - b))
  }
  /** The list without the flight at one position. */
  without(list: number, position: number): number {
    return this.#lists.intern([...this.#lists.read(list)].toSpliced(position, 1))
  }
  /** The list one tick later. */
  aged(list: number): number {
    return this.#aged.get(list, 0, () => {
      const aged: number[] = []
      for (const flight of this.#lists.read(list)) {
        const age = this.#flights.at(flight, AGE) + 1
        if (age <= LONGEST_FLIGHT) aged.push(this.#flights.intern([this.to(flight), this.#codec.age(this.message(flight)), age]))
      }
      return this.#lists.intern(aged)
    })
  }
}
