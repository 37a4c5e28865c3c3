import { appendFileSync, chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createClock } from '../adapters/clock.ts'
import type { ServiceContext } from './control.ts'
import { makePart } from './kinds.ts'
import type { ServicePart } from './part.ts'

let folder = ''
let part: ServicePart
const warnings: unknown[] = []
const quiet = {
  debug: () => undefined,
  info: () => undefined,
  warn: (...said: unknown[]) => void warnings.push(said),
  error: () => undefined,
}
const never = new AbortController().signal
const grant = { epoch: 1, holder: 'n1', until: Infinity }
const context: ServiceContext = {
  cluster: 'shop',
  node: 'n1',
  group: 'db',
  endpoint: 'p',
  interfaces: {},
  clock: createClock(),
  logger: quiet,
  leaseMs: 1000,
  changed: () => undefined,
  fitness: () => undefined,
  incident: () => undefined,
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'movip-standby-'))
  warnings.length = 0
})
afterEach(async () => {
  await part.close()
  rmSync(folder, { recursive: true, force: true })
})

function program(name: string, text: string): string[] {
  const file = join(folder, name)
  writeFileSync(file, `#!/bin/sh\n${text}\n`)
  chmodSync(file, 0o755)
  return [file]
}

/** Its role is the word in a file; each program adds its own name to a story. */
function begin({ standby = 'echo standby >role', isPaused = (): boolean => false } = {}): void {
  const tell = (name: string, text: string): string[] => program(name, `cd ${folder}; echo ${name} >>story; ${text}`)
  const options = {
    start: tell('start', 'echo active >role'),
    stop: tell('stop', 'rm -f role'),
    standby: tell('standby', standby),
    check: program('check', `cd ${folder}; case $(cat role 2>/dev/null) in active) ;; standby) exit 10 ;; *) exit 3 ;; esac`),
    everyMs: 50,
    restarts: { max: 3, withinMs: 60_000 },
  }
  part = makePart({ id: 'command-db', kind: 'command', startMs: 20_000, stopMs: 20_000, options }, 0, { ...context, isPaused })
}
const role = (): string => (existsSync(join(folder, 'role')) ? readFileSync(join(folder, 'role'), 'utf8').trim() : '')
const story = (): readonly string[] => readFileSync(join(folder, 'story'), 'utf8').trim().split('\n')
const until = (isSo: () => boolean): Promise<unknown> => vi.waitUntil(isSo, { timeout: 20_000 })

describe('a service with a standby role', () => {
  it('stands by where its group is not, and is brought back there after it has served', async () => {
    begin()
    await until(() => role() === 'standby')
    expect(await part.observe(never)).toEqual({ state: 'nowhere' })
    await part.claim(grant, never)
    expect([role(), await part.observe(never)]).toEqual(['active', { state: 'here' }])
    await part.release(1, never)
    await until(() => role() === 'standby')
    expect(story()).toEqual(['standby', 'start', 'stop', 'standby'])
  })

  it('that ends while it stands by is brought there again', async () => {
    begin()
    await until(() => role() === 'standby')
    rmSync(join(folder, 'role'))
    await until(() => role() === 'standby')
    expect(story()).toEqual(['standby', 'standby'])
  })

  it('that ends while its group is paused is brought there when the pause is over', async () => {
    let isPaused = false
    let looks = 0
    begin({ isPaused: () => isPaused && (looks += 1) > 0 })
    await until(() => role() === 'standby')
    isPaused = true
    rmSync(join(folder, 'role'))
    await until(() => looks > 3)
    expect([role(), story()]).toEqual(['', ['standby']])
    isPaused = false
    await until(() => role() === 'standby')
  })

  it('is not brought there while it serves, also after it has ended by itself', async () => {
    begin()
    await until(() => role() === 'standby')
    await part.claim(grant, never)
    rmSync(join(folder, 'role'))
    appendFileSync(join(folder, 'story'), 'ended\n')
    expect(await part.observe(never)).toEqual({ state: 'nowhere' })
    await part.claim(grant, never)
    expect(story()).toEqual(['standby', 'start', 'ended', 'start'])
  })

  it('that takes its time to stand by is cut off by a start, with all its children', async () => {
    begin({ standby: 'echo $$ >pid; sleep 600 & wait' })
    await until(() => existsSync(join(folder, 'pid')))
    const pid = readFileSync(join(folder, 'pid'), 'utf8').trim()
    await part.claim(grant, never)
    expect(role()).toBe('active')
    expect(existsSync(`/proc/${pid}`)).toBe(false)
  })

  it('that cannot stand by says why, once, and goes on trying', async () => {
    begin({ standby: 'echo the primary does not answer >&2; exit 1' })
    await until(() => existsSync(join(folder, 'story')) && story().length > 3)
    expect(JSON.stringify(warnings)).toContain('the primary does not answer')
    expect(warnings).toHaveLength(1)
    writeFileSync(join(folder, 'role'), 'standby')
  })
})
