import { UsageError } from '@movip/core/testing/command-line'
import { describe, expect, it } from 'vitest'
import { readArguments } from './arguments.ts'

const read = (line: string) => readArguments(line === '' ? [] : line.split(' '))

describe('the command line of chaos', () => {
  it('asks for three minutes on three nodes and a seed of chance unless it says otherwise', () => {
    expect(read('')).toEqual({ minutes: 3, seed: expect.any(Number) as number, nodes: 3, json: false })
    expect(read('--minutes 60 --seed 0 --nodes 5 --json')).toEqual({ minutes: 60, seed: 0, nodes: 5, json: true })
  })

  it('asks for help', () => expect(read('--help')).toBe('help'))

  it.each([
    ['--minutes Infinity', '--minutes takes a whole number from 1 to 10080, not "Infinity"'],
    ['--minutes 0x3', 'not "0x3"'],
    ['--minutes 0', 'not "0"'],
    ['--minutes 20000', 'not "20000"'],
    ['--seed=', '--seed takes a whole number from 0, not ""'],
    ['--seed 1e3', 'not "1e3"'],
    ['--seed 9007199254740993', 'not "9007199254740993"'],
    ['--nodes 4', '--nodes takes one of 3, 5, not "4"'],
    ['--nonsense', "Unknown option '--nonsense'"],
  ])('is refused with what is wrong: %s', (line, message) => {
    expect(() => read(line)).toThrow(UsageError)
    expect(() => read(line)).toThrow(message)
  })
})
