import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createCopies } from './copies.ts'

const from = (number: number, life = 'x'): { life: string; number: number } => ({ life, number })

test('each message is taken once, whichever copy comes first and in whatever order', () => {
  const deliveries = fc
    .uniqueArray(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 300 })
    .chain((numbers) => fc.shuffledSubarray([...numbers, ...numbers, ...numbers], { minLength: numbers.length * 3 }))
  fc.assert(
    fc.property(deliveries, (numbers) => {
      const copies = createCopies()
      const taken = numbers.filter((number) => copies.isFirst('a', from(number)))
      expect(taken.toSorted((one, other) => one - other)).toEqual([...new Set(numbers)].toSorted((one, other) => one - other))
    }),
  )
})

test('messages of another node, or of another life of it, are not taken for copies', () => {
  const copies = createCopies()
  expect(copies.isFirst('a', from(1))).toBe(true)
  expect(copies.isFirst('b', from(1))).toBe(true)
  expect(copies.isFirst('a', from(1, 'y'))).toBe(true)
  expect(copies.isFirst('a', from(1))).toBe(false)
})

test('what a slow plane brings long after the others is never taken a second time', () => {
  const copies = createCopies()
  for (let number = 1; number <= 5000; number++) copies.isFirst('a', from(number))
  for (let number = 1; number <= 5000; number++) expect(copies.isFirst('a', from(number))).toBe(false)
  expect(copies.isFirst('a', from(5001))).toBe(true)
})

test('a plane that is slow but the only one left is listened to', () => {
  const copies = createCopies()
  copies.isFirst('a', from(100))
  expect([101, 102, 104, 103].map((number) => copies.isFirst('a', from(number)))).toEqual([true, true, true, true])
})

test('a life among thousands is forgotten only after all those that spoke later', () => {
  const copies = createCopies()
  copies.isFirst('a', from(1))
  for (let life = 0; life < 5000; life++) {
    copies.isFirst('stranger', from(1, `life-${life}`))
    expect(copies.isFirst('a', from(1))).toBe(false)
  }
  expect(copies.isFirst('stranger', from(1, 'life-0'))).toBe(true)
})
