import { describe, expect, it } from 'vitest'
import { Column, Memo, Pool } from './pool.ts'

describe('a pool', () => {
  it('gives equal lists one id and different lists different ones, however many there are', () => {
    const pool = new Pool()
    const ids = new Map<string, number>()
    for (let number = 0; number < 30_000; number += 1) {
      const list = [number % 7, number % 11, number % 101].slice(0, 1 + (number % 3))
      const id = pool.intern(list)
      const known = ids.get(list.join())
      if (known !== undefined) expect(id).toBe(known)
      ids.set(list.join(), id)
    }
    expect(new Set(ids.values()).size).toBe(ids.size)
    expect(pool.size).toBe(ids.size)
  })
  it('keeps what the lists say, the empty one, too', () => {
    const pool = new Pool()
    const empty = pool.intern([])
    const part = pool.intern([9, 1, -2, 9], 1, 3)
    expect([...pool.read(empty)]).toEqual([])
    expect([...pool.read(part)]).toEqual([1, -2])
    expect([pool.lengthOf(part), pool.at(part, 1)]).toEqual([2, -2])
  })
})

describe('a column', () => {
  it('grows and is 0 where nothing was set', () => {
    const column = new Column()
    column.set(100_000, 7)
    expect([column.get(100_000), column.get(99_999), column.get(10_000_000)]).toEqual([7, 0, 0])
  })
})

describe('a memory', () => {
  it('asks once for each pair', () => {
    const memo = new Memo()
    let asked = 0
    const sum = (a: number, b: number): number =>
      memo.get(a, b, () => {
        asked += 1
        return a + b
      })
    expect([sum(1, 2), sum(2, 1), sum(1, 2), sum(1, 2)]).toEqual([3, 3, 3, 3])
    expect(asked).toBe(2)
  })
})
