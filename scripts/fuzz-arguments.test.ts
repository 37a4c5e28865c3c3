import { describe, expect, it } from 'vitest'
import { UsageError } from '../packages/core/src/testing/command-line.ts'
import { USAGE, readArguments } from './fuzz-arguments.ts'
import { fuzzFiles } from './fuzz-target.ts'

const read = (line: string) => readArguments(line === '' ? [] : line.split(' '))

describe('the command line of fuzzing', () => {
  it('asks for every target, 100,000 cases each, and a seed of chance unless it says otherwise', () => {
    const asked = read('')
    expect(asked).toMatchObject({ cases: 100_000, seed: expect.any(Number) as number })
    expect(asked).toHaveProperty('targets', expect.arrayContaining(['api-request', 'vip']))
    expect(asked).toHaveProperty('files.length', fuzzFiles().length)
  })

  it('asks for some targets, each once, and only the files that hold them', () => {
    expect(read('--target vip --target frame --target vip --cases 0 --seed 9')).toEqual({
      targets: ['vip', 'frame'],
      files: ['packages/backend-arp/src/wire.fuzz.test.ts'],
      cases: 0,
      seed: 9,
    })
  })

  it('asks for help, which names the targets', () => {
    expect(read('-h')).toBe('help')
    expect(USAGE).toContain('node-yaml')
  })

  it.each([
    ['--target nonsense', '--target takes one of api-answer, '],
    ['--target=', 'not ""'],
    ['--cases abc', '--cases takes a whole number from 0, not "abc"'],
    ['--cases -1', "Option '--cases' argument is ambiguous"],
    ['--seed 4294967296', '--seed takes a whole number from 0 to 2147483647, not "4294967296"'],
    ['--nonsense', "Unknown option '--nonsense'"],
    ['vip', "Unexpected argument 'vip'"],
  ])('is refused with what is wrong: %s', (line, message) => {
    expect(() => read(line)).toThrow(UsageError)
    expect(() => read(line)).toThrow(message)
  })
})
