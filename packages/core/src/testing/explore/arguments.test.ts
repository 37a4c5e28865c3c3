import { describe, expect, it } from 'vitest'
import { UsageError } from '../command-line.ts'
import { readArguments } from './arguments.ts'
import { WORLDS } from './worlds.ts'

const read = (line: string) => readArguments(line === '' ? [] : line.split(' '))

describe('the command line of the search', () => {
  it('asks for all worlds within their own bounds unless it says otherwise', () => {
    expect(read('')).toEqual({ worlds: WORLDS, limits: { states: 4_000_000 }, jobs: 2, json: false })
  })

  it('asks for some worlds and other bounds', () => {
    const asked = read('--world quiet --world pair --states 9 --depth 0 --jobs 1 --json')
    expect(asked).toMatchObject({ worlds: [{ name: 'quiet' }, { name: 'pair' }], limits: { states: 9, bound: 0 }, jobs: 1, json: true })
  })

  it('asks for help', () => expect(read('--help')).toBe('help'))

  it.each([
    ['--world nonsense', '--world takes one of calm, quiet'],
    ['--states 0', '--states takes a whole number from 1, not "0"'],
    ['--depth x', '--depth takes a whole number from 0, not "x"'],
    ['--jobs 0', '--jobs takes a whole number from 1, not "0"'],
    ['--nonsense', "Unknown option '--nonsense'"],
  ])('is refused with what is wrong: %s', (line, message) => {
    expect(() => read(line)).toThrow(UsageError)
    expect(() => read(line)).toThrow(message)
  })
})
