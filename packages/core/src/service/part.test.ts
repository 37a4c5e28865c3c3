import { execFileSync, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createClock } from '../adapters/clock.ts'
import type { ServiceContext } from './control.ts'
import type { ServicePart as PartSpec } from '../model/index.ts'
import { partsOf, stopServices } from './leftovers.ts'
import { makePart } from './kinds.ts'

let folder = ''
const told: string[] = []
const fitness: (string | null)[] = []
const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
const never = new AbortController().signal
const grant = { epoch: 1, holder: 'n1', until: Infinity }

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'movip-service-'))
  told.length = 0
  fitness.length = 0
})
afterEach(() => {
  for (const pid of pids()) process.kill(pid, 'SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

const context: ServiceContext = {
  cluster: 'shop',
  node: 'n1',
  group: 'web',
  endpoint: 'p',
  interfaces: {},
  clock: createClock(),
  logger: quiet,
  leaseMs: 1000,
  changed: (why) => void told.push(why),
  fitness: (reason) => void fitness.push(reason),
  incident: () => undefined,
}

function pids(): readonly number[] {
  const file = join(folder, 'pid')
  const pid = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0
  return pid > 1 && isAlive(pid) ? [pid] : []
}

/** One that has ended may wait for a parent that does not look. */
function isAlive(pid: number): boolean {
  return existsSync(`/proc/${pid}`) && !/\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
}

function script(name: string, text: string): string {
  const file = join(folder, name)
  writeFileSync(file, `#!/bin/sh\n${text}\n`)
  chmodSync(file, 0o755)
  return file
}

/** Starts a process that writes its id, and dies of `trap`'s choice of signals. */
const starter = (trap = ''): string =>
  script('start', `setsid sh -c 'echo $$ > ${folder}/pid; ${trap} while :; do sleep 0.05; done' </dev/null >/dev/null 2>&1 &`)

function specOf(kind: string, options: object, times: { startMs?: number; stopMs?: number; max?: number } = {}): PartSpec {
  const { startMs = 5000, stopMs = 5000, max = 3 } = times
  return { id: `${kind}-p`, kind, startMs, stopMs, options: { ...options, everyMs: 50, restarts: { max, withinMs: 60_000 } } }
}

function processPart(trap = '', times: Parameters<typeof specOf>[2] = {}) {
  const options = { start: [starter(trap)], pidfile: join(folder, 'pid'), stopSignal: 'SIGTERM' }
  return makePart(specOf('process', options, times), 0, context)
}

describe('a process with a pidfile', () => {
  it('runs when it was claimed, and has ended when it was released', async () => {
    const part = processPart()
    expect(await part.observe(never)).toEqual({ state: 'nowhere' })
    await part.claim(grant, never)
    expect(await part.observe(never)).toEqual({ state: 'here' })
    expect(pids()).toHaveLength(1)
    await part.release(1, never)
    expect(await part.observe(never)).toEqual({ state: 'nowhere' })
    expect(pids()).toEqual([])
    await part.close()
  })

  it('is not scheduled as the daemon is', async () => {
    const part = processPart()
    await part.claim(grant, never)
    expect(execFileSync('chrt', ['--pid', String(pids()[0])], { encoding: 'utf8' })).toContain('SCHED_OTHER')
    await part.release(1, never)
  })

  it('is started a single time, however often it is claimed', async () => {
    const part = processPart()
    await part.claim(grant, never)
    const before = pids()
    await part.claim(grant, never)
    expect(pids()).toEqual(before)
    await part.release(1, never)
  })

  it('that does not heed its signal is ended by force when its time is over', async () => {
    const part = processPart('trap "" TERM;', { stopMs: 300 })
    await part.claim(grant, never)
    await part.release(1, never)
    expect(pids()).toEqual([])
  })

  it('that ends by itself is told of at once, counted, and makes its node unfit when it does so too often', async () => {
    const part = processPart('', { max: 1 })
    for (let ends = 0; ends < 2; ends++) {
      await part.claim(grant, never)
      told.length = 0
      process.kill(pids()[0] ?? 0, 'SIGKILL')
      await vi.waitUntil(() => told.length > 0, { timeout: 10_000 })
      expect(await part.observe(never)).toEqual({ state: 'nowhere' })
    }
    expect(fitness[0]).toBeNull()
    expect(fitness.at(-1)).toMatch(/^ended by itself 2 times within 60 s: .*does not run$/)
    await part.close()
  })

  it('that ends while an operator has paused its group is left alone until the pause is over', async () => {
    let isPaused = true
    const lines: unknown[] = []
    const logger = { ...quiet, info: (event: string) => void lines.push(event) }
    const options = { start: [starter()], pidfile: join(folder, 'pid'), stopSignal: 'SIGTERM' }
    const part = makePart(specOf('process', options), 0, { ...context, logger, isPaused: () => isPaused })
    await part.claim(grant, never)
    told.length = 0
    process.kill(pids()[0] ?? 0, 'SIGKILL')
    await vi.waitUntil(() => lines.length > 0, { timeout: 10_000 })
    expect([await part.observe(never), part.state, told]).toEqual([{ state: 'here' }, 'up', []])
    isPaused = false
    await vi.waitUntil(() => told.length > 0, { timeout: 10_000 })
    expect(await part.observe(never)).toEqual({ state: 'nowhere' })
    expect(lines).toEqual(['service-left-alone'])
    await part.release(1, never)
    await part.close()
  })

  it('that is stopped with its group, or started where that is given, is so also while the group is paused', async () => {
    const options = { start: [starter()], pidfile: join(folder, 'pid'), stopSignal: 'SIGTERM' }
    const part = makePart(specOf('process', options), 0, { ...context, isPaused: () => true })
    await part.claim(grant, never)
    expect([pids().length, await part.observe(never)]).toEqual([1, { state: 'here' }])
    await part.release(1, never)
    expect([pids().length, await part.observe(never)]).toEqual([0, { state: 'nowhere' }])
    await part.close()
  })

  it('that comes up only after its start was given up is stopped all the same', async () => {
    const late = script(
      'start',
      `setsid sh -c 'sleep 0.5; echo $$ > ${folder}/pid; while :; do sleep 0.05; done' </dev/null >/dev/null 2>&1 &`,
    )
    const options = { start: [late], pidfile: join(folder, 'pid'), stopSignal: 'SIGTERM' }
    const part = makePart(specOf('process', options, { startMs: 100 }), 0, context)
    await expect(part.claim(grant, never)).rejects.toThrow(/does not run/)
    await part.release(1, never)
    expect(existsSync(join(folder, 'pid'))).toBe(true)
    expect(pids()).toEqual([])
  })

  it('that removes its pidfile first has not ended before it has', async () => {
    const part = processPart(`trap "rm ${folder}/pid; sleep 1; exit" TERM;`)
    await part.claim(grant, never)
    const [pid = 0] = pids()
    await part.release(1, never)
    expect(isAlive(pid)).toBe(false)
  })

  it('that lost its pidfile is ended before it is started once more', async () => {
    const part = processPart()
    await part.claim(grant, never)
    const [pid = 0] = pids()
    rmSync(join(folder, 'pid'))
    expect(await part.observe(never)).toEqual({ state: 'nowhere' })
    await part.claim(grant, never)
    expect([isAlive(pid), pids().length]).toEqual([false, 1])
    await part.release(1, never)
  })

  describe('whose id was given to another', () => {
    const started = (): string => script('start', `echo ${process.pid} >${folder}/its.pid`)
    let stranger: ChildProcess
    beforeEach(() => {
      stranger = spawn('sleep', ['600'])
      writeFileSync(join(folder, 'its.pid'), String(stranger.pid))
    })
    afterEach(() => void stranger.kill('SIGKILL'))

    it.each([
      ['after the pidfile was written', {}, 60_000],
      ['of another name', { name: 'nginx' }, 0],
    ])('%s does not run, and that one is left alone', async (_, options, ageMs) => {
      const file = join(folder, 'its.pid')
      const writtenAt = (Date.now() - ageMs) / 1000
      utimesSync(file, writtenAt, writtenAt)
      const all = { start: [started()], pidfile: file, stopSignal: 'SIGTERM', ...options }
      const part = makePart(specOf('process', all, { startMs: 300 }), 0, context)
      expect(await part.observe(never)).toEqual({ state: 'nowhere' })
      // What it starts names the daemon itself, which is never the service.
      await expect(part.claim(grant, never)).rejects.toThrow(/is another's: movip's own/)
      await part.release(1, never)
      expect(isAlive(stranger.pid ?? 0)).toBe(true)
      await part.close()
    })
  })

  it('that is not up in time has failed to start, with the next step', async () => {
    const options = { start: [script('start', 'exit 0')], pidfile: join(folder, 'pid'), stopSignal: 'SIGTERM' }
    const part = makePart(specOf('process', options, { startMs: 200 }), 0, context)
    await expect(part.claim(grant, never)).rejects.toMatchObject({
      code: 'TIMEOUT',
      fix: expect.stringContaining('startTimeout') as string,
    })
  })
})

describe('a command', () => {
  const commands = (check: string, stop = 'exit 0') => ({
    start: [script('start', `touch ${folder}/up`)],
    stop: [script('stop', stop)],
    check: [script('check', check)],
  })

  it.each<[string, object]>([
    ['command', {}],
    ['process', { pidfile: '/nowhere', stopSignal: 'SIGTERM' }],
  ])('that fails is told by its program alone: its arguments may hold what nobody else is to read (%s)', async (kind, more) => {
    const run = [script('fail', 'exit 3'), '--password', 'hunter2']
    const part = makePart(specOf(kind, { ...(kind === 'command' ? commands('exit 3') : {}), ...more, start: run }), 0, context)
    const error = await part.claim(grant, never).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ message: expect.stringContaining(`${run[0]} failed`) as string })
    expect(JSON.stringify([String(error), error])).not.toContain('hunter2')
  })

  it('is judged by the exit code of its check, of which an unknown one says nothing', async () => {
    const answers: Readonly<Record<number, string>> = { 0: 'here', 3: 'nowhere', 7: 'nowhere', 42: 'unknown' }
    for (const [code, state] of Object.entries(answers)) {
      const part = makePart(specOf('command', commands(`exit ${code}`)), 0, context)
      expect((await part.observe(never)).state, code).toBe(state)
    }
  })

  it('is told how long it may take to start and to stop', async () => {
    const tell = (what: string): string => `echo "${what} $MOVIP_START_TIMEOUT_MS $MOVIP_STOP_TIMEOUT_MS" >>${folder}/story`
    const check = `test -e ${folder}/up || exit 3`
    const options = {
      ...commands(check, `${tell('stop')}; rm ${folder}/up`),
      start: [script('start', `${tell('start')}; touch ${folder}/up`)],
    }
    const part = makePart(specOf('command', options, { startMs: 4000, stopMs: 7000 }), 0, context)
    await part.claim(grant, never)
    await part.release(1, never)
    expect(readFileSync(join(folder, 'story'), 'utf8')).toBe('start 4000 7000\nstop 4000 7000\n')
  })

  it('that cannot be stopped is said not to be, with what it complained about', async () => {
    const part = makePart(specOf('command', commands(`test -e ${folder}/up`, 'echo the disk is busy >&2; exit 1')), 0, context)
    await part.claim(grant, never)
    await expect(part.release(1, never)).rejects.toMatchObject({
      code: 'FAILED',
      message: expect.stringContaining('the disk is busy') as string,
    })
  })

  it('whose restart could not stop it is watched on, and stopped before it is started where it ends later', async () => {
    const check = `test -e ${folder}/up || exit 3`
    const part = makePart(specOf('command', commands(check, `test -e ${folder}/stuck && exit 1; rm -f ${folder}/up`)), 0, context)
    await part.claim(grant, never)
    writeFileSync(join(folder, 'stuck'), '')
    await expect(part.halt(never, Promise.resolve())).rejects.toThrow('could not be stopped')
    expect([part.state, await part.observe(never)]).toEqual(['up', { state: 'here' }])
    told.length = 0
    rmSync(join(folder, 'up'))
    await vi.waitUntil(() => told.length > 0, { timeout: 10_000 })
    expect(await part.observe(never)).toEqual({ state: 'nowhere' })
    expect(fitness).toEqual([null])
    rmSync(join(folder, 'stuck'))
    await part.release(1, never)
    await part.close()
  })

  it('that cannot be stopped is not taken for stopped by a check that breaks', async () => {
    const part = makePart(specOf('command', commands(`test -e ${folder}/broken && exit 1; test -e ${folder}/up`, 'exit 1')), 0, context)
    await part.claim(grant, never)
    writeFileSync(join(folder, 'broken'), '')
    await expect(part.release(1, never)).rejects.toMatchObject({ fix: expect.stringContaining('end with 3') as string })
  })

  it('whose stop complains, and whose check says clearly that it does not run, is stopped', async () => {
    const part = makePart(specOf('command', commands(`test -e ${folder}/up || exit 3`, `rm ${folder}/up; exit 1`)), 0, context)
    await part.claim(grant, never)
    await part.release(1, never)
    expect(await part.observe(never)).toEqual({ state: 'nowhere' })
  })

  it('of which nobody can tell for too long has failed, and is stopped before it is started once more', async () => {
    const check = `test -e ${folder}/hung && exit 4; test -e ${folder}/up || exit 3`
    const part = makePart(specOf('command', commands(check, `echo stop >>${folder}/story; rm -f ${folder}/up ${folder}/hung`)), 0, context)
    await part.claim(grant, never)
    told.length = 0
    writeFileSync(join(folder, 'hung'), '')
    expect((await part.observe(never)).state).toBe('unknown')
    await vi.waitUntil(() => told.length > 0, { timeout: 10_000 })
    expect(told[0]).toMatch(/^command-p: nobody could tell, 3 looks in a row: .*exit code 4/)
    expect(await part.observe(never)).toEqual({ state: 'nowhere' })
    expect(fitness).toEqual([null])
    await part.claim(grant, never)
    expect(readFileSync(join(folder, 'story'), 'utf8')).toBe('stop\n')
    expect(await part.observe(never)).toEqual({ state: 'here' })
    await part.release(1, never)
    await part.close()
  })

  it('that is missing is found before it is needed, and a look at it tells nothing', async () => {
    const options = { start: ['true'], stop: ['true'], check: [join(folder, 'no-such')] }
    const part = makePart(specOf('command', options), 0, context)
    expect(await part.preflight(never)).toMatchObject([{ severity: 'error', code: 'SERVICE_PROGRAM_MISSING' }])
    expect(await part.observe(never)).toMatchObject({ state: 'unknown', why: expect.stringContaining('no-such on this machine') as string })
  })

  it('is ended with all its children when its time is over', async () => {
    const options = { ...commands('exit 3'), start: [script('start', `echo $$ > ${folder}/pid; sleep 600 & wait`)] }
    const part = makePart(specOf('command', options, { startMs: 300 }), 0, context)
    await expect(part.claim(grant, never)).rejects.toThrow()
    await vi.waitUntil(() => pids().length === 0, { timeout: 5000 })
  })
})

describe('the leftovers of an earlier life', () => {
  const clusterOf = (service: readonly PartSpec[]) => ({
    name: 'shop',
    timing: { heartbeatMs: 100, leaseMs: 1000, electionMs: 900, driftPpmMax: 1000 },
    nodes: [],
    groups: [{ id: 'web', mode: 'active-standby' as const, nodes: ['n1'], endpoints: [], service }],
  })

  const stop = (specs: readonly ReturnType<typeof clusterOf>[], node = 'n1') =>
    stopServices(
      specs.flatMap((spec) => partsOf(spec, node)),
      { cluster: 'shop', node, logger: quiet },
    )

  it('are stopped, and named', async () => {
    const part = processPart()
    await part.claim(grant, never)
    await part.close()
    const options = { start: [starter()], pidfile: join(folder, 'pid'), stopSignal: 'SIGTERM' }
    const spec = clusterOf([specOf('process', options)])
    expect(await stop([spec])).toEqual(['web/process-p'])
    expect(pids()).toEqual([])
    expect(await stop([spec])).toEqual([])
  })

  it('are left alone on a node that may not hold the group', async () => {
    const part = processPart()
    await part.claim(grant, never)
    const options = { start: [starter()], pidfile: join(folder, 'pid'), stopSignal: 'SIGTERM' }
    expect(await stop([clusterOf([specOf('process', options)])], 'n2')).toEqual([])
    expect(pids()).toHaveLength(1)
    await part.release(1, never)
  })

  it('are stopped also when the present configuration names them no more', async () => {
    const part = processPart()
    await part.claim(grant, never)
    await part.close()
    const options = { start: [starter()], pidfile: join(folder, 'pid'), stopSignal: 'SIGTERM' }
    const specs = [clusterOf([specOf('process', options)]), clusterOf([])]
    expect(await stop(specs)).toEqual(['web/process-p'])
    expect(pids()).toEqual([])
  })

  it('are looked at also where they could not be started any more', async () => {
    const up = join(folder, 'up')
    writeFileSync(up, '')
    const options = { start: [join(folder, 'gone')], stop: [script('stop', `rm ${up}`)], check: [script('check', `test -e ${up}`)] }
    expect(await stop([clusterOf([specOf('command', options)])])).toEqual(['web/command-p'])
    const unable = { start: [join(folder, 'gone')], stop: ['true'], check: [join(folder, 'gone-too')] }
    await expect(stop([clusterOf([specOf('command', unable, { stopMs: 300 })])])).rejects.toThrow(/could not be stopped/)
  })

  it('are none where nothing of the service is installed', async () => {
    const nothing = [join(folder, 'gone')]
    const options = { start: nothing, stop: nothing, check: nothing }
    expect(await stop([clusterOf([specOf('command', options)])])).toEqual([])
  })

  it('of which nobody can tell whether they run are asked to stop', async () => {
    const up = join(folder, 'up')
    writeFileSync(up, '')
    const options = { start: ['true'], stop: [script('stop', `rm ${up}`)], check: [script('check', `test -e ${up} && exit 4; exit 3`)] }
    expect(await stop([clusterOf([specOf('command', options)])])).toEqual(['web/command-p'])
    expect(existsSync(up)).toBe(false)
  })

  it('of which nobody can tell whether they were stopped keep the node from being clean', async () => {
    const options = { start: ['true'], stop: ['true'], check: [script('check', 'exit 42')] }
    const spec = clusterOf([specOf('command', options, { stopMs: 300 })])
    await expect(stop([spec])).rejects.toThrow(/web\/command-p could not be stopped: .*exit code 42/)
  })
})
