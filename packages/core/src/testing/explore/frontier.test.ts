import { describe, expect, it } from 'vitest'
import { Frontier } from './frontier.ts'

describe('a frontier', () => {
  it('gives the nearest states first, also those that are found on the way', () => {
    const frontier = new Frontier()
    frontier.add(10, 3)
    frontier.add(11, 1)
    expect(frontier.take()).toBe(11)
    frontier.add(12, 2)
    frontier.add(13, 3)
    expect([frontier.take(), frontier.take(), frontier.take()]).toEqual([12, 10, 13])
    expect(frontier.take()).toBeUndefined()
  })

  it('is empty once all of it is taken', () => {
    const frontier = new Frontier()
    expect(frontier.isEmpty).toBe(true)
    frontier.add(1, 5)
    expect(frontier.isEmpty).toBe(false)
    frontier.take()
    expect(frontier.isEmpty).toBe(true)
  })
})
