import { describe, expect, it } from 'vitest'
import { UsageError } from '../command-line.ts'
import { readArguments } from './arguments.ts'

const read = (line: string) => readArguments(line === '' ? [] : line.split(' '))

describe('the command line of the simulator', () => {
  it('asks for many seeds unless it says otherwise', () => {
    expect(read('')).toMatchObject({ kind: 'survey', farm: { seeds: 200, from: 1, keepGoing: false }, json: false })
    expect(read('--seeds 7 --from 3 --shape five --keep-going')).toMatchObject({
      farm: { seeds: 7, from: 3, shape: 'five', keepGoing: true },
    })
  })

  it('asks for planted bugs, all of them or one', () => {
    expect(read('--mutants --without-stories')).toMatchObject({ kind: 'mutants', judgement: { only: null, stories: false, seeds: 200 } })
    expect(read('--mutants --only vote-before-synced')).toMatchObject({
      judgement: { only: { name: 'vote-before-synced' }, stories: true },
    })
  })

  it('asks for one world, with what a shrunk failure names', () => {
    const world = { seed: 0, shape: 'three', keep: [3, 7], untilMs: 900, groups: 1 }
    expect(read('--seed 0 --shape three --keep 3,7 --until 900 --groups 1')).toEqual({ kind: 'replay', world, verbose: false })
    expect(readArguments(['--seed', '5', '--keep', ''])).toMatchObject({ world: { keep: [] } })
  })

  it('asks for help', () => {
    expect(read('--help')).toBe('help')
    expect(read('-h')).toBe('help')
  })

  it.each([
    ['--seed x', '--seed takes a whole number from 0, not "x"'],
    ['--seeds 0', '--seeds takes a whole number from 1, not "0"'],
    ['--seeds 1.5', '--seeds takes a whole number from 1, not "1.5"'],
    ['--seeds=', '--seeds takes a whole number from 1, not ""'],
    ['--mutants --seeds 0', '--seeds takes a whole number from 1, not "0"'],
    ['--jobs 0', '--jobs takes a whole number from 1, not "0"'],
    ['--seed 1 --keep 3,', '--keep takes a whole number from 0, not ""'],
    ['--shape nonsense', '--shape takes one of three, five, seven'],
    ['--mutants --only nonsense', '--only takes one of '],
    ['--mutants --shape three', '--shape does not go with --mutants'],
    ['--mutants --seed 3', '--mutants does not go with --seed'],
    ['--only vote-before-synced', '--only does not go with many seeds'],
    ['--seed 3 --json', '--json does not go with --seed'],
    ['--nonsense', "Unknown option '--nonsense'"],
    ['200', "Unexpected argument '200'"],
  ])('is refused with what is wrong: %s', (line, message) => {
    expect(() => read(line)).toThrow(UsageError)
    expect(() => read(line)).toThrow(message)
  })
})
