import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ClusterSpec, HookSpec, Move } from '../model/index.ts'
import type { RunnerEvent } from '../runner/types.ts'
import { createHooks } from './hooks.ts'

let folder = ''
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'movip-hooks-'))))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function script(name: string, text: string): string {
  const file = join(folder, name)
  writeFileSync(file, `#!/bin/sh\n${text}\n`)
  chmodSync(file, 0o755)
  return file
}

function hooksOf(...specs: readonly Partial<HookSpec>[]) {
  const said: { readonly level: string; readonly event: string; readonly fields: Readonly<Record<string, unknown>> }[] = []
  const say =
    (level: string) =>
    (event: string, fields: Readonly<Record<string, unknown>> = {}): void =>
      void said.push({ level, event, fields })
  const logger = { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') }
  const hooks = specs.map((spec): HookSpec => ({ on: ['active'], run: ['true'], timeoutMs: 10_000, ...spec }))
  const spec: ClusterSpec = {
    name: 'shop',
    timing: { heartbeatMs: 100, leaseMs: 1000, electionMs: 900, driftPpmMax: 1000 },
    nodes: [],
    groups: [{ id: 'web', mode: 'active-standby', nodes: ['n1'], endpoints: [], hooks }],
  }
  return { said, hooks: createHooks({ node: 'n1', logger, present: () => spec, causeOf: () => 'n2 is not heard', moveOf: () => move }) }
}

const phases = { detectMs: 1100, decideMs: 9, stopMs: 20 }
const move: Move = { group: 'web', from: 'n2', to: 'n1', epoch: 7, cause: 'n2 is not heard', at: 5, phases }
const active = { type: 'active', group: 'web', epoch: 7, claimMs: 12.3 } as const
function failed(change: Partial<Extract<RunnerEvent, { type: 'call-failed' }>> = {}): RunnerEvent {
  const about = { group: 'web', epoch: 7, endpoint: 'vip', operation: 'claim', code: 'CONFLICT', message: '02:aa answers for it' }
  return { type: 'call-failed', ...about, ...change }
}
const wrote = (name: string): string => readFileSync(join(folder, name), 'utf8')

describe('hooks', () => {
  it('learn the occasion from their environment, and all of it as one line of JSON', async () => {
    const run = [
      script('hook', `echo "$MOVIP_EVENT $MOVIP_GROUP $MOVIP_EPOCH $MOVIP_NODE $MOVIP_CAUSE $1" > ${folder}/env; cat > ${folder}/json`),
      'x',
    ]
    const { hooks } = hooksOf({ run })
    hooks.onEvent(active)
    await hooks.settled()
    expect(wrote('env')).toBe('active web 7 n1 n2 is not heard x\n')
    expect(JSON.parse(wrote('json'))).toMatchObject({
      move: { from: 'n2', epoch: 7, phases },
      schemaVersion: 1,
      moment: 'active',
      cluster: 'shop',
      epoch: 7,
      cause: 'n2 is not heard',
      event: active,
    })
  })

  it.each<[RunnerEvent, string]>([
    [failed(), 'failed 7 claim of vip failed: CONFLICT: 02:aa answers for it'],
    [{ type: 'stuck', group: 'web', epoch: 7, why: 'app does not stop' }, 'stuck 7 app does not stop'],
    [{ type: 'released', group: 'web', epoch: 7, cause: 'lease-ended', releaseMs: 3 }, 'released 7 lease-ended'],
    [active, 'active 7 '],
  ])('learn the epoch of %s, and the reason of what they are told', async (event, told) => {
    const { hooks } = hooksOf({
      on: ['active', 'released', 'stuck', 'failed'],
      run: [script('hook', `echo "$MOVIP_EVENT $MOVIP_EPOCH $MOVIP_REASON" > ${folder}/env; cat > ${folder}/json`)],
    })
    hooks.onEvent(event)
    await hooks.settled()
    const [moment = '', epoch = '', ...reason] = told.split(' ')
    expect(wrote('env')).toBe(`${told}\n`)
    expect(JSON.parse(wrote('json'))).toMatchObject({ moment, epoch: Number(epoch), reason: reason.join(' ') })
  })

  it('hear of a failure once, however often it is tried again, until it has worked or the group is down', async () => {
    const { hooks } = hooksOf({ on: ['failed'], run: [script('hook', `echo "$MOVIP_EPOCH $MOVIP_REASON" >> ${folder}/story`)] })
    for (let count = 0; count < 5; count++) hooks.onEvent(failed())
    hooks.onEvent(failed({ message: '02:bb answers for it' }))
    hooks.onEvent(failed({ code: 'TIMEOUT', message: 'too slow' }))
    hooks.onEvent(failed())
    hooks.onEvent(failed({ endpoint: 'vip6' }))
    hooks.onEvent(active)
    hooks.onEvent(failed())
    hooks.onEvent({ type: 'repaired', group: 'web', endpoint: 'vip', why: 'it was gone' })
    hooks.onEvent(failed())
    hooks.onEvent({ type: 'released', group: 'web', epoch: 7, cause: 'asked', releaseMs: 1 })
    hooks.onEvent(failed({ epoch: 9 }))
    hooks.onEvent(failed({ epoch: 9 }))
    await hooks.settled()
    const conflict = 'claim of vip failed: CONFLICT: 02:aa answers for it'
    expect(wrote('story').trim().split('\n')).toEqual([
      `7 ${conflict}`,
      '7 claim of vip failed: TIMEOUT: too slow',
      '7 claim of vip6 failed: CONFLICT: 02:aa answers for it',
      `7 ${conflict}`,
      `7 ${conflict}`,
      `9 ${conflict}`,
    ])
  })

  it('hear nothing of a look or a preparation that failed: no start, claim, stop or release did', async () => {
    const { hooks } = hooksOf({ on: ['failed'], run: [script('hook', `echo "$MOVIP_REASON" >> ${folder}/story`)] })
    for (const operation of ['observe', 'prepare', 'release']) hooks.onEvent(failed({ operation }))
    await hooks.settled()
    expect(wrote('story')).toBe('release of vip failed: CONFLICT: 02:aa answers for it\n')
  })

  it('run one after the other, in their order, also when the first is slow', async () => {
    const slow = script('slow', `sleep 0.3; echo slow >> ${folder}/story`)
    const quick = script('quick', `echo quick >> ${folder}/story`)
    const { hooks } = hooksOf({ run: [slow] }, { run: [quick] })
    hooks.onEvent(active)
    hooks.onEvent(active)
    await hooks.settled()
    expect(wrote('story').trim().split('\n')).toEqual(['slow', 'quick', 'slow', 'quick'])
  })

  it('run only at the moments that they wait for, and for their own group', async () => {
    const { hooks } = hooksOf({ on: ['stuck'], run: [script('hook', `echo "$MOVIP_EVENT" >> ${folder}/story`)] })
    hooks.onEvent(active)
    hooks.onEvent({ type: 'stuck', group: 'other', epoch: 7, why: 'x' })
    hooks.onEvent({ type: 'stuck', group: 'web', epoch: 7, why: 'x' })
    await hooks.settled()
    expect(wrote('story')).toBe('stuck\n')
  })

  it.each([
    ['fails', 'echo no such user >&2; exit 3', 10_000, 'no such user'],
    ['takes too long', 'sleep 600', 200, 'it took longer than 200 ms'],
  ])('of which one %s say so and keep nobody from the next', async (_, text, timeoutMs, why) => {
    const { hooks, said } = hooksOf({ run: [script('bad', text)], timeoutMs }, { run: [script('good', `touch ${folder}/done`)] })
    hooks.onEvent(active)
    await hooks.settled()
    expect(said.find(({ event }) => event === 'hook-failed')).toMatchObject({
      level: 'warn',
      fields: { group: 'web', moment: 'active', why },
    })
    expect(existsSync(join(folder, 'done'))).toBe(true)
  })

  it('that cannot be run say what to do', async () => {
    const { hooks, said } = hooksOf({ run: [join(folder, 'missing')] })
    hooks.onEvent(active)
    await hooks.settled()
    expect(said[0]).toMatchObject({
      event: 'hook-failed',
      fields: { why: expect.stringMatching(/^there is no .* on this machine$/) as string },
    })
  })

  it('are named in the log by their program alone: what it is given may be a secret', async () => {
    const { hooks, said } = hooksOf({ run: ['false', 'hunter2'] }, { run: ['true', 'hunter2'] }, { run: [`${folder}/missing`, 'hunter2'] })
    for (let count = 0; count < 40; count++) hooks.onEvent(active)
    await hooks.settled()
    expect([...new Set(said.map(({ event }) => event))].toSorted()).toEqual(['hook', 'hook-failed', 'hook-left-out'])
    expect(said.map(({ fields }) => fields['run'])).toContain('false')
    expect(JSON.stringify(said)).not.toContain('hunter2')
  })

  it('that hang again and again leave out what came longest ago, and say so', async () => {
    const { hooks, said } = hooksOf({ run: [script('slow', 'sleep 0.2')] })
    for (let count = 0; count < 102; count++) hooks.onEvent({ ...active, epoch: count })
    expect(said.filter(({ event }) => event === 'hook-left-out')).toHaveLength(1)
    rmSync(join(folder, 'slow'))
    await hooks.settled()
  })

  it('that still run or wait are unrest, by name, until the last has ended', async () => {
    const { hooks } = hooksOf({ run: [script('slow', 'sleep 0.2'), 'secret'] }, { run: [script('quick', 'true')] })
    expect(hooks.unrest()).toBeNull()
    hooks.onEvent(active)
    expect(hooks.unrest()).toBe(`the hook ${folder}/slow of web still runs, and 1 more wait behind it`)
    await hooks.settled()
    expect(hooks.unrest()).toBeNull()
  })

  it('are waited for by a daemon that ends, for so long at most, and what is left out is said', async () => {
    const { hooks, said } = hooksOf({ run: [script('slow', `sleep 0.3; touch ${folder}/done`)] })
    hooks.onEvent(active)
    await hooks.close(10_000)
    expect(existsSync(join(folder, 'done'))).toBe(true)
    hooks.onEvent(active)
    hooks.onEvent(active)
    await hooks.close(10)
    expect(said.filter(({ event }) => event === 'hook-left-out')).toMatchObject([
      { level: 'warn', fields: { group: 'web', moment: 'active', epoch: 7, why: 'the daemon ends before it has' } },
      { level: 'warn', fields: { group: 'web', moment: 'active', epoch: 7, why: 'the daemon ends before its turn' } },
    ])
    await hooks.settled()
  })
})
