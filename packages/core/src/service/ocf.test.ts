import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { parseMetadata } from './ocf-metadata.ts'
import { ocfControl } from './ocf.ts'

let folder = ''
const never = new AbortController().signal
const times = { startMs: 60_000, stopMs: 60_000 }
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'movip-ocf-'))))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const dummy = (parameters: Readonly<Record<string, string>> = {}) =>
  ocfControl(
    'web-dummy',
    { agent: 'heartbeat:Dummy', parameters: { state: join(folder, 'state'), ...parameters }, promote: false },
    times,
    {},
  )

describe('the agent Dummy of the system, unmodified', () => {
  it('starts, is seen to run, and stops', async () => {
    const control = dummy()
    expect(await control.preflight(never)).toEqual([])
    expect((await control.standing(never)).state).toBe('stopped')
    await control.start(never)
    expect(existsSync(join(folder, 'state'))).toBe(true)
    expect(await control.standing(never)).toEqual({ state: 'running' })
    await control.stop(never)
    await control.stop(never)
    expect((await control.standing(never)).state).toBe('stopped')
  })

  it('is refused with a parameter that it does not have, and the one that was meant is named', async () => {
    expect(await dummy({ stat: '/x' }).preflight(never)).toMatchObject([
      { severity: 'error', code: 'OCF_PARAMETER', message: 'heartbeat:Dummy has no parameter stat', fix: 'write state' },
    ])
  })
})

describe('the agent Stateful of the system, unmodified', () => {
  const control = () =>
    ocfControl('web-db', { agent: 'heartbeat:Stateful', parameters: { state: join(folder, 'state') }, promote: true }, times, {})

  it('runs in its standby role where it is not to serve, is promoted by the start, and demoted and stopped by the stop', async () => {
    const stateful = control()
    await stateful.standby?.(never)
    expect((await stateful.standing(never)).state).toBe('standby')
    await stateful.start(never)
    expect(await stateful.standing(never)).toEqual({ state: 'running' })
    await stateful.stop(never)
    expect((await stateful.standing(never)).state).toBe('stopped')
  })

  it('is started and promoted in one go where it did not stand by', async () => {
    const stateful = control()
    await stateful.start(never)
    expect(await stateful.standing(never)).toEqual({ state: 'running' })
    await stateful.stop(never)
  })
})

describe('an agent', () => {
  it('that is not installed is found before it is needed, with the next step', async () => {
    const control = ocfControl('x', { agent: 'heartbeat:NoSuchAgent', parameters: {}, promote: false }, times, {})
    expect(await control.preflight(never)).toMatchObject([
      { code: 'OCF_AGENT_MISSING', message: expect.stringContaining('heartbeat:NoSuchAgent') as string },
    ])
  })

  it('that needs a parameter says which', async () => {
    const control = ocfControl('x', { agent: 'heartbeat:Filesystem', parameters: { device: '/dev/null' }, promote: false }, times, {})
    const findings = await control.preflight(never)
    expect(findings.map(({ message }) => message)).toContain('heartbeat:Filesystem needs the parameter directory')
  })
})

describe('an agent of one’s own', () => {
  beforeEach(() => {
    mkdirSync(join(folder, 'resource.d', 'x'), { recursive: true })
    vi.stubEnv('OCF_ROOT', folder)
    vi.resetModules()
  })
  afterEach(() => void vi.unstubAllEnvs())

  /** What it does in each action; each is written down first. */
  async function own(cases: string, promote: boolean) {
    const file = join(folder, 'resource.d', 'x', 'y')
    writeFileSync(file, `#!/bin/sh\necho $1 $OCF_RESKEY_CRM_meta_timeout >>${folder}/asked\ncase $1 in ${cases} *) exit 0 ;; esac\n`)
    chmodSync(file, 0o755)
    const { ocfControl: fresh } = await import('./ocf.ts')
    return fresh('web-y', { agent: 'x:y', parameters: {}, promote }, { startMs: 20_000, stopMs: 40_000 }, {})
  }
  const asked = (): readonly string[] => readFileSync(join(folder, 'asked'), 'utf8').trim().split('\n')

  it('that cannot be demoted is stopped all the same', async () => {
    const control = await own('monitor) exit 8 ;; demote) exit 1 ;;', true)
    await control.stop(never)
    expect(asked().map((line) => line.split(' ')[0])).toEqual(['monitor', 'demote', 'stop'])
  })

  it('that hangs while it is demoted is stopped by force', async () => {
    const control = await own('monitor) exit 8 ;; demote) sleep 600 ;;', true)
    await expect(control.stop(AbortSignal.timeout(500))).rejects.toThrow()
    await control.kill?.(never)
    expect(asked().at(-1)).toMatch(/^stop /)
  })

  it('is told how long each action may take', async () => {
    const control = await own('monitor) exit 7 ;;', true)
    await control.start(never)
    await control.stop(never)
    expect(asked()).toEqual(['monitor 9000', 'start 20000', 'promote 20000', 'monitor 9000', 'stop 40000'])
  })

  it('that says that it may need longer than it gets is warned of', async () => {
    const actions = '<action name="start" timeout="120"/><action name="promote" timeout="20s"/><action name="stop" timeout="40s"/>'
    const control = await own(`meta-data) echo '<resource-agent name="y"><actions>${actions}</actions></resource-agent>' ;;`, true)
    expect(await control.preflight(never)).toEqual([
      {
        severity: 'warning',
        code: 'OCF_TIMEOUT',
        message: 'x:y may need 120 s to start or promote, and gets 20 s',
        fix: 'write startTimeout: 120s, or be sure that it is faster',
      },
    ])
  })
})

describe('the meta-data of an agent', () => {
  it('names its parameters, which of them it needs, and its actions, whatever the quotes and the order', () => {
    const xml = `<resource-agent name="x"><!-- <parameter name="old" /> --><parameters>
      <parameter required='1' unique="0" name='a'/><parameter name="b" required="0"></parameter></parameters>
      <actions><action name="monitor" role="Promoted"/><action name="monitor"/><action timeout="5" name="promote"/></actions></resource-agent>`
    expect(parseMetadata(xml)).toEqual({
      parameters: [
        { name: 'a', required: true },
        { name: 'b', required: false },
      ],
      actions: ['monitor', 'promote'],
      advisedMs: new Map([['promote', 5000]]),
    })
  })

  it('is none where there is something else', () => {
    expect(parseMetadata('usage: agent {start|stop}')).toBeNull()
  })
})
