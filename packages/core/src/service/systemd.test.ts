import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createClock } from '../adapters/clock.ts'
import type { ServiceContext } from './control.ts'
import { makePart } from './kinds.ts'
import { standingOf, systemdControl } from './systemd.ts'

const properties = (ActiveState: string, more: Readonly<Record<string, string>> = {}) =>
  new Map(Object.entries({ ActiveState, SubState: 'x', Result: 'success', LoadState: 'loaded', ...more }))
const never = new AbortController().signal
const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
const context: ServiceContext = {
  cluster: 'shop',
  node: 'n1',
  group: 'web',
  endpoint: 'p',
  interfaces: {},
  clock: createClock(),
  logger: quiet,
  leaseMs: 1000,
  changed: () => undefined,
  fitness: () => undefined,
  incident: () => undefined,
}

describe('a unit', () => {
  it.each([
    ['active', 'running'],
    ['reloading', 'running'],
    ['inactive', 'stopped'],
    ['failed', 'stopped'],
    ['activating', 'unknown'],
    ['deactivating', 'unknown'],
  ])('that is %s counts as %s', (active, state) => {
    expect(standingOf('x.service', properties(active)).state).toBe(state)
  })

  it('that has failed is not waited for, unless systemd is about to start it once more', () => {
    expect(standingOf('x.service', properties('failed', { SubState: 'failed' }))).toMatchObject({ state: 'stopped', isOver: true })
    expect(standingOf('x.service', properties('failed', { SubState: 'failed-before-auto-restart' }))).not.toHaveProperty('isOver')
    expect(standingOf('x.service', properties('inactive'))).not.toHaveProperty('isOver')
  })

  it('that has ended, and is to be started once more by systemd, has failed', () => {
    expect(standingOf('x.service', properties('activating', { SubState: 'auto-restart' })).state).toBe('failed')
  })

  it.each([
    ['with processes that could not be ended', 'failed', { TasksCurrent: '2' }],
    ['with a control group that is kept, and tasks that nobody counts', 'failed', { ControlGroup: '/x', TasksCurrent: '[not set]' }],
    ['without any', 'stopped', { ControlGroup: '', TasksCurrent: '[not set]' }],
    ['with those that it is told to leave behind', 'stopped', { KillMode: 'process', TasksCurrent: '2' }],
  ])('that was ended %s counts as %s', (_, state, more) => {
    expect(standingOf('x.service', properties('failed', more)).state).toBe(state)
    expect(standingOf('x.service', properties('inactive', more)).state).toBe(state)
  })

  it('of which systemd says nothing may run or not', () => {
    expect(standingOf('x.service', new Map([['trouble', 'no bus']]))).toEqual({ state: 'unknown', why: 'systemd does not answer: no bus' })
  })
})

/** Whether a real systemd does what it is asked is another test's matter (systemd.lab.test.ts): here it is written down. */
describe('what is asked of systemctl', () => {
  let folder = ''
  const path = process.env['PATH'] ?? ''
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'movip-systemd-'))
    const answer = String.raw`printf 'Result=success\nLoadState=%s\nActiveState=%s\nSubState=dead\n' "$LOAD" "$ACTIVE"`
    const file = join(folder, 'systemctl')
    writeFileSync(
      file,
      `#!/bin/sh\necho "$@" >> ${folder}/asked\ncase "$*" in *masked*) LOAD=masked ;; *) LOAD=loaded ;; esac\ncase "$*" in *broken*) ACTIVE=failed ;; *) ACTIVE=inactive ;; esac\n[ "$1" != show ] || ${answer}\n`,
    )
    chmodSync(file, 0o755)
    process.env['PATH'] = `${folder}${delimiter}${path}`
  })
  afterAll(() => {
    process.env['PATH'] = path
    rmSync(folder, { recursive: true, force: true })
  })

  it('names the unit behind --, and waits for no job', async () => {
    const control = systemdControl({ unit: 'shop.service' })
    await control.start(never)
    await control.stop(never)
    await control.kill?.(never)
    expect(await control.standing(never)).toEqual({ state: 'stopped', why: 'shop.service is inactive (dead, success)' })
    expect(readFileSync(join(folder, 'asked'), 'utf8').trim().split('\n')).toEqual([
      'reset-failed -- shop.service',
      'start --no-block -- shop.service',
      'stop --no-block -- shop.service',
      'kill --signal=SIGKILL -- shop.service',
      'show --property=LoadState,ActiveState,SubState,Result,KillMode,ControlGroup,TasksCurrent -- shop.service',
    ])
  })

  it('is not waited for where it fails at once', async () => {
    const options = { unit: 'broken.service', everyMs: 5000, restarts: { max: 3, withinMs: 1000 } }
    const part = makePart({ id: 'systemd-broken', kind: 'systemd', startMs: 600_000, stopMs: 1000, options }, 0, context)
    await expect(part.claim({ epoch: 1, holder: 'n1', until: Infinity }, AbortSignal.timeout(15_000))).rejects.toMatchObject({
      code: 'FAILED',
      message: expect.stringContaining('was started and has ended: broken.service is failed') as string,
    })
    await part.close()
  })

  it('finds a masked unit before it is needed, with the next step', async () => {
    expect(await systemdControl({ unit: 'masked.service' }).preflight(never)).toMatchObject([
      { severity: 'error', code: 'SERVICE_UNIT', fix: 'systemctl unmask masked.service' },
    ])
  })
})
