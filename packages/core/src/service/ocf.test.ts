import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseMetadata } from './ocf-metadata.ts'
import { ocfControl } from './ocf.ts'

let folder = ''
const never = new AbortController().signal
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'movip-ocf-'))))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const dummy = (parameters: Readonly<Record<string, string>> = {}) =>
  ocfControl('web-dummy', { agent: 'heartbeat:Dummy', parameters: { state: join(folder, 'state'), ...parameters }, promote: false }, {})

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
    ocfControl('web-db', { agent: 'heartbeat:Stateful', parameters: { state: join(folder, 'state') }, promote: true }, {})

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
    const control = ocfControl('x', { agent: 'heartbeat:NoSuchAgent', parameters: {}, promote: false }, {})
    expect(await control.preflight(never)).toMatchObject([
      { code: 'OCF_AGENT_MISSING', message: expect.stringContaining('heartbeat:NoSuchAgent') as string },
    ])
  })

  it('that needs a parameter says which', async () => {
    const control = ocfControl('x', { agent: 'heartbeat:Filesystem', parameters: { device: '/dev/null' }, promote: false }, {})
    const findings = await control.preflight(never)
    expect(findings.map(({ message }) => message)).toContain('heartbeat:Filesystem needs the parameter directory')
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
    })
  })

  it('is none where there is something else', () => {
    expect(parseMetadata('usage: agent {start|stop}')).toBeNull()
  })
})
