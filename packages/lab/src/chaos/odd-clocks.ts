/** Daemons whose clocks are not the machine's: a wall clock that is set while they run, a monotonic one that starts anywhere. */
import { existsSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SeededRandom } from '@movip/core/testing/random'
import { commandSync } from '../command.ts'
import { LabError } from '../errors.ts'

const LIBRARIES = ['x86_64-linux-gnu', 'aarch64-linux-gnu', '.'].map((folder) => `/usr/lib/${folder}/faketime/libfaketimeMT.so.1`)

/** The library that lies about the wall clock; null: it is not installed here. */
export function faketimeLibrary(): string | null {
  return LIBRARIES.find((path) => existsSync(path)) ?? null
}

export interface WallClock {
  /** What runs a program so that it sees this clock. */
  readonly under: readonly string[]
  /** From now on the program's wall clock shows so much more than the machine's. */
  shift(seconds: number): void
}

/** How often the program looks whether its wall clock was set, s: it is asked for the time with every beat. */
const CACHE_S = '1'

export function createWallClock(folder: string, library: string): WallClock {
  const file = join(folder, 'wall-clock')
  const shift = (seconds: number): void => {
    // A program that reads half a line ends at once.
    writeFileSync(`${file}.new`, `${seconds < 0 ? '-' : '+'}${Math.abs(seconds)}\n`)
    renameSync(`${file}.new`, file)
  }
  shift(0)
  const settings = [
    `LD_PRELOAD=${library}`,
    `FAKETIME_TIMESTAMP_FILE=${file}`,
    `FAKETIME_CACHE_DURATION=${CACHE_S}`,
    'FAKETIME_DONT_FAKE_MONOTONIC=1',
    'DONT_FAKE_MONOTONIC=1',
    'NO_FAKE_STAT=1',
  ]
  return { shift, under: ['env', ...settings] }
}

const FAR_S = 10_000_000

/** What runs a program: each start finds another monotonic clock, later or earlier than before, as after a boot. */
export function shiftedStarts(folder: string, random: SeededRandom): () => readonly string[] {
  const file = join(folder, 'time-namespace')
  writeFileSync(file, '')
  return () => {
    // The one of the start before; whoever lives in it keeps it.
    commandSync('umount', [file])
    const offset = String(random.int(FAR_S))
    const made = commandSync('unshare', [`--time=${file}`, '--monotonic', offset, '--boottime', offset, 'true'])
    if (made.ok) return ['nsenter', `--time=${file}`]
    throw new LabError('NOT_PERMITTED', `No time namespace could be made: ${made.output.trim()}`, 'Run it as root on Linux 5.6 or newer.')
  }
}
