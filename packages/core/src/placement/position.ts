/** How far the data of a node is. Positions of one form can be compared; a greater one is further. */
export interface Position {
  /** Each new writer begins a new one, which is further than all of those before; null: there are none. */
  readonly generation: bigint | null
  /** `pair`: two hexadecimal halves, as PostgreSQL writes its log positions. */
  readonly form: 'number' | 'pair'
  readonly offset: bigint
}

const NUMBER = /^(?:(\d{1,20}):)?(\d{1,40})$/
const PAIR = /^(?:(\d{1,20}):)?([\da-f]{1,8})\/([\da-f]{1,8})$/i
/** The lower half of a pair has so many bits. */
const HALF = 32n

/** Reads `17`, `0/16B3748`, or either behind a generation: `3:0/16B3748`. null: it is none of these, and compares with nothing. */
export function parsePosition(text: string): Position | null {
  const [, ofNumber, digits] = NUMBER.exec(text) ?? []
  if (digits !== undefined) return { generation: generationOf(ofNumber), form: 'number', offset: BigInt(digits) }
  const [, ofPair, high, low] = PAIR.exec(text) ?? []
  if (high === undefined || low === undefined) return null
  return { generation: generationOf(ofPair), form: 'pair', offset: (BigInt(`0x${high}`) << HALF) | BigInt(`0x${low}`) }
}

function generationOf(digits: string | undefined): bigint | null {
  return digits === undefined ? null : BigInt(digits)
}

/** Whether the two are of one form. */
export function isComparable(a: Position, b: Position): boolean {
  return a.form === b.form && (a.generation === null) === (b.generation === null)
}

/** Below 0: `a` is behind; above: further; 0: both are as far. Only for positions of one form. */
export function comparePositions(a: Position, b: Position): number {
  return sign((a.generation ?? 0n) - (b.generation ?? 0n)) || sign(a.offset - b.offset)
}

function sign(difference: bigint): number {
  return difference === 0n ? 0 : difference < 0n ? -1 : 1
}
