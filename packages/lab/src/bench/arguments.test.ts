import { UsageError } from '@movip/core/testing/command-line'
import { describe, expect, it } from 'vitest'
import { readArguments } from './arguments.ts'

const read = (line: string) => readArguments(line === '' ? [] : line.split(' '))

describe('the command line of the measurements', () => {
  it('asks for the whole suite lan, ten runs, unless it says otherwise', () => {
    expect(read('')).toEqual({ suite: 'lan', json: false, runs: 10, only: [] })
    expect(read('--json')).toMatchObject({ suite: 'lan', json: true })
    expect(read('lan --runs 3 --only kill9,freeze')).toMatchObject({ runs: 3, only: ['kill9', 'freeze'] })
    expect(read('groups --runs 5')).toEqual({ suite: 'groups', json: false, runs: 5, only: [] })
    expect(read('sim --only states')).toMatchObject({ suite: 'sim', only: ['states'] })
  })

  it('asks for help', () => expect(read('sim --help')).toBe('help'))

  it.each([
    ['wan', 'there is no suite "wan"; there are lan, groups, aws, lb, azure, gcp, dns, hybrid, sim'],
    ['lan --runs 1e1', '--runs takes a whole number from 1, not "1e1"'],
    ['lan --runs=', 'not ""'],
    ['sim --runs 3', '--runs does not go with the suite sim'],
    ['sim --only kill9', '--only takes one of sim-speed, ci-seeds'],
    ['sim --only states,', 'not ""'],
    ['lan sim', "Unexpected argument 'sim'"],
  ])('is refused with what is wrong: %s', (line, message) => {
    expect(() => read(line)).toThrow(UsageError)
    expect(() => read(line)).toThrow(message)
  })
})
