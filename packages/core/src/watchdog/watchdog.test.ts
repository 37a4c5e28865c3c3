import { execFileSync } from 'node:child_process'
import { closeSync, constants, mkdirSync, mkdtempSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createHandClock } from '../checks/clock-for-tests.ts'
import type { HandClock } from '../checks/clock-for-tests.ts'
import { judgeWatchdog } from './device.ts'
import { WatchdogPart } from './part.ts'
import { createWatchdog } from './watchdog.ts'
import type { Watchdog } from './watchdog.ts'

// A pipe stands for the device: what the kernel would be told can be read from it.

let folder = ''
let pipe = ''
let reader = -1
let heard = ''
let stuck: string[] = []
let clock: HandClock
let watchdog: Watchdog
const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'movip-watchdog-'))
  pipe = join(folder, 'watchdog')
  execFileSync('mkfifo', [pipe])
  reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK)
  heard = ''
  stuck = []
  clock = createHandClock()
  watchdog = createWatchdog({ device: pipe, timeoutMs: 10_000, stuckMs: 30_000, clock, logger: quiet, stuck: () => stuck })
})
afterEach(() => {
  watchdog.close()
  closeSync(reader)
  rmSync(folder, { recursive: true, force: true })
})

/** What was written so far: `.` is a pet. */
function told(): string {
  const buffer = Buffer.alloc(4096)
  try {
    heard += buffer.toString('latin1', 0, readSync(reader, buffer)).replaceAll('\0', '.')
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error
  }
  return heard
}

/** Time passes, in which the engine turns as it does. */
async function live(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 1000) {
    watchdog.turned()
    await clock.pass(1000)
  }
}
const pets = (count: number): string => '.'.repeat(count)
/** Pets reach the pipe a moment after they were due: what is told is waited for before anything is said to be the last of it. */
const untilTold = (what: string): Promise<void> => vi.waitFor(() => expect(told()).toBe(what), { timeout: 20_000 })

describe('a watchdog', () => {
  it('is left closed while nothing is held', async () => {
    await live(60_000)
    expect(told()).toBe('')
  })

  it('is petted while something is held, and closed for good when nothing is any more', async () => {
    await watchdog.hold('web')
    await untilTold('.')
    await live(10_000)
    await untilTold('......')
    await watchdog.letGo('web')
    await untilTold('......V')
    await live(60_000)
    expect(told()).toBe('......V')
  })

  it('rests only when the last group has been let go', async () => {
    await watchdog.hold('web')
    await watchdog.hold('db')
    await watchdog.letGo('web')
    await live(10_000)
    await untilTold('......')
    await watchdog.letGo('db')
    await vi.waitFor(() => expect(told()).toBe('......V'), { timeout: 20_000 })
  })

  it('is petted no more when the engine does not turn, though timers run, and is not told to rest', async () => {
    await watchdog.hold('web')
    await live(2000)
    await untilTold('..')
    await clock.pass(6000)
    await untilTold('....')
    await clock.pass(60_000)
    expect(told()).toBe('....')
  })

  it('is petted for as long as a stuck group may be so, and no longer', async () => {
    await watchdog.hold('web')
    stuck = ['web']
    await live(30_000)
    await untilTold(pets(16))
    await live(60_000)
    expect(told()).toBe(pets(16))
  })

  it('is petted on when a stuck group came down in time', async () => {
    await watchdog.hold('web')
    for (let turn = 0; turn < 3; turn += 1) {
      stuck = ['web']
      await live(20_000)
      stuck = []
      await live(4000)
    }
    await untilTold(pets(37))
    await live(4000)
    await vi.waitFor(() => expect(told()).toBe(pets(39)), { timeout: 20_000 })
  })

  it('that cannot be told to rest is petted on, keeps its group from being let go, and is told again', async () => {
    const part = new WatchdogPart('web', watchdog)
    await part.claim()
    await untilTold('.')
    closeSync(reader)
    await expect(part.release()).rejects.toThrow('the watchdog cannot be told to rest: EPIPE')
    expect(await part.observe()).toEqual({ state: 'here' })
    reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK)
    await live(4000)
    await untilTold('...')
    await part.release()
    await untilTold('...V')
    await live(60_000)
    expect(told()).toBe('...V')
  })

  it('that a former life left armed is told to rest', async () => {
    await watchdog.rest()
    await vi.waitFor(() => expect(told()).toBe('V'), { timeout: 20_000 })
  })

  it('that cannot be opened keeps its group from coming up', async () => {
    closeSync(reader)
    const part = new WatchdogPart('web', watchdog)
    await expect(part.claim()).rejects.toThrow('the watchdog cannot be armed: ENXIO')
    reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK)
    await part.claim()
    await untilTold('.')
    await part.release()
    await untilTold('.V')
    expect(await part.observe()).toEqual({ state: 'nowhere' })
  })
})

describe('a look at a watchdog beforehand', () => {
  const telling = (files: Readonly<Record<string, string>>): string => {
    mkdirSync(join(folder, 'watchdog0'), { recursive: true })
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, 'watchdog0', name), text)
    return folder
  }

  it.each<[string, Readonly<Record<string, string>>, RegExp | null]>([
    ['that fires when node.yaml says', { timeout: '10\n', nowayout: '0\n' }, null],
    ['of which the kernel tells nothing', {}, null],
    ['that fires later than node.yaml counts on', { timeout: '60\n' }, /fires after 60 s, and node.yaml counts on 10 s/],
    ['that cannot be closed', { timeout: '10\n', nowayout: '1\n' }, /every stop of movip would reset this machine/],
  ])('judges one %s', async (_, files, expected) => {
    const found = await judgeWatchdog(pipe, 10_000, telling(files))
    expect(found.map(({ message }) => message)).toEqual(expected === null ? [] : [expect.stringMatching(expected)])
  })

  it('names one that is not there, and something that is none', async () => {
    expect(await judgeWatchdog(join(folder, 'none'), 10_000)).toMatchObject([{ fix: expect.stringContaining('modprobe softdog') }])
    expect(await judgeWatchdog(folder, 10_000)).toMatchObject([{ message: `${folder} is no watchdog` }])
  })
})
