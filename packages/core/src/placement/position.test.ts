import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { comparePositions, isComparable, parsePosition } from './position.ts'

const compare = (a: string, b: string): number | null => {
  const [left, right] = [parsePosition(a), parsePosition(b)]
  return left === null || right === null || !isComparable(left, right) ? null : comparePositions(left, right)
}

const anyNumber = fc.bigInt({ min: 0n, max: 10n ** 40n - 1n }).map(String)
const half = fc.integer({ min: 0, max: 0xffff_ffff }).map((value) => value.toString(16).toUpperCase())
const anyPair = fc.tuple(half, half).map(([high, low]) => `${high}/${low}`)
const withGeneration = (offset: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.tuple(fc.bigInt({ min: 0n, max: 10n ** 20n - 1n }), offset).map(([generation, text]) => `${generation}:${text}`)

describe('positions of data', () => {
  it.each([
    ['9', '10', -1],
    ['10', '10', 0],
    ['9007199254740993', '9007199254740992', 1],
    ['0/FF', '0/100', -1],
    ['1/0', '0/FFFFFFFF', 1],
    ['0/16b3748', '0/16B3748', 0],
    ['2:0/1', '1:FF/0', 1],
    ['2:5', '2:6', -1],
  ])('%s against %s is %d', (a, b, expected) => {
    expect(compare(a, b)).toBe(expected)
  })

  it.each([
    ['5', '0/5'],
    ['1:5', '5'],
    ['1:0/5', '0/5'],
    ['5', '1:0/5'],
  ])('%s and %s are of different forms and do not compare', (a, b) => {
    expect(compare(a, b)).toBeNull()
  })

  it.each(['', 'UpToDate', '-1', '1.5', '0/', '/5', '0/123456789', '1:', ':1', '0x10', ' 5', '1:2:3', '1'.repeat(41)])(
    '"%s" is none',
    (text) => {
      expect(parsePosition(text)).toBeNull()
    },
  )

  it.each([
    ['numbers', anyNumber],
    ['pairs', anyPair],
    ['numbers with a generation', withGeneration(anyNumber)],
    ['pairs with a generation', withGeneration(anyPair)],
  ])('of one form are in one order, whatever they are: %s', (_, form) => {
    fc.assert(
      fc.property(form, form, form, (a, b, c) => {
        expect(compare(a, a)).toBe(0)
        expect(compare(a, b)).toBe(-(compare(b, a) ?? NaN) + 0)
        if ((compare(a, b) ?? 1) <= 0 && (compare(b, c) ?? 1) <= 0) expect(compare(a, c)).toBeLessThanOrEqual(0)
      }),
    )
  })
})
