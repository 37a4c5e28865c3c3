import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { checkKinds } from '../kinds.ts'
import type { ProbeResult } from '../kind.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'movip-checks-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

async function probe(kind: string, options: object, signal = AbortSignal.timeout(20_000)): Promise<ProbeResult> {
  const found = checkKinds.get(kind)
  if (found === undefined) throw new Error(`no kind ${kind}`)
  const run = found.open(options, { node: 'n1', group: 'web', interfaces: { lan: 'lo' }, addresses: [] })
  return run(signal).catch((error: unknown) => ({ ok: false, reason: error instanceof Error ? error.message : String(error) }))
}

function script(...lines: readonly string[]): string {
  const path = join(folder, `check-${readdirSync(folder).length}`)
  writeFileSync(path, ['#!/bin/sh', ...lines, ''].join('\n'), { mode: 0o755 })
  return path
}

const says = (answer: object): string => script(`echo '${JSON.stringify(answer)}'`)

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

describe('a script check', () => {
  it('passes and fails by its exit code, with the first line of what it says', async () => {
    expect(await probe('script', { command: script('echo all well; echo more') })).toEqual({ ok: true, reason: 'all well' })
    expect(await probe('script', { command: script('echo broken >&2; exit 3') })).toEqual({ ok: false, reason: 'broken' })
    expect(await probe('script', { command: script('exit 3') })).toEqual({ ok: false, reason: 'exit code 3' })
    expect(await probe('script', { command: script('kill -9 $$') })).toEqual({ ok: false, reason: 'ended by SIGKILL' })
  })

  it('gets its arguments as they are written, and the names of its node and its group', async () => {
    const command = script('echo "$1|$2|$MOVIP_NODE|$MOVIP_GROUP"')
    expect(await probe('script', { command, args: ['a b', '$HOME'] })).toEqual({ ok: true, reason: 'a b|$HOME|n1|web' })
  })

  it('may say as JSON how it stands, and where its data is', async () => {
    expect(await probe('script', { command: says({ status: 'ok', position: '0/16B3748', lagMs: 12 }) })).toEqual({
      ok: true,
      reason: null,
      position: '0/16B3748',
      lagMs: 12,
    })
    expect(await probe('script', { command: says({ status: 'fail', reason: 'in recovery' }) })).toEqual({
      ok: false,
      reason: 'in recovery',
    })
  })

  it('fails where it says that its data is not current', async () => {
    expect(await probe('script', { command: says({ status: 'ok', current: false, reason: 'Outdated', position: '7' }) })).toEqual({
      ok: false,
      reason: 'its data is not marked current: Outdated',
      position: '7',
    })
    expect(await probe('script', { command: says({ status: 'ok', current: false }) })).toEqual({
      ok: false,
      reason: 'its data is not marked current',
    })
    expect(await probe('script', { command: says({ status: 'ok', current: true }) })).toMatchObject({ ok: true })
  })

  it('fails with JSON that is not understood', async () => {
    expect(await probe('script', { command: says({ state: 'ok' }) })).toMatchObject({
      ok: false,
      reason: expect.stringContaining('not understood'),
    })
    expect(await probe('script', { command: script("echo '{oops'") })).toMatchObject({
      ok: false,
      reason: 'what it says begins like JSON and is none',
    })
  })

  it('fails where its data is further behind than it may be, in time or in bytes', async () => {
    const late = says({ status: 'ok', lagMs: 12_000 })
    expect(await probe('script', { command: late, maxLag: '10s' })).toEqual({
      ok: false,
      reason: 'its data is 12000 ms behind, more than 10s',
      lagMs: 12_000,
    })
    expect(await probe('script', { command: late, maxLag: '12s' })).toMatchObject({ ok: true })
    const behind = says({ status: 'ok', lagBytes: 20 * 2 ** 20 })
    expect(await probe('script', { command: behind, maxLag: '16MiB' })).toMatchObject({
      ok: false,
      reason: 'its data is 20 MiB behind, more than 16MiB',
    })
    expect(await probe('script', { command: behind, maxLag: '32MiB' })).toMatchObject({ ok: true })
  })

  it('fails where it may be behind only so far, and does not tell how far it is', async () => {
    expect(await probe('script', { command: script('exit 0'), maxLag: '10s' })).toMatchObject({
      ok: false,
      reason: expect.stringContaining('it tells no lag'),
    })
    const inBytes = says({ status: 'ok', lagBytes: 0 })
    expect(await probe('script', { command: inBytes, maxLag: '10s' })).toMatchObject({
      ok: false,
      reason: expect.stringContaining('it tells no lagMs'),
    })
  })

  it('fails plainly where there is no such program, or none that can be run', async () => {
    const missing = join(folder, 'nothing')
    expect(await probe('script', { command: missing })).toEqual({ ok: false, reason: `there is no ${missing} on this machine` })
    const plain = join(folder, 'plain')
    writeFileSync(plain, 'true', { mode: 0o644 })
    expect(await probe('script', { command: plain })).toEqual({ ok: false, reason: `${plain} cannot be run: Permission denied` })
  })

  it('is killed with everything it started when its time is up', async () => {
    const pids = join(folder, 'pids')
    const controller = new AbortController()
    const probing = probe(
      'script',
      { command: script(`sleep 600 & echo $! $$ > ${pids}.new; mv ${pids}.new ${pids}; wait`) },
      controller.signal,
    )
    await expect.poll(() => readdirSync(folder), { timeout: 20_000 }).toContain('pids')
    const started = readFileSync(pids, 'utf8').trim().split(' ').map(Number)
    expect(started.map(isRunning)).toEqual([true, true])
    controller.abort()
    expect(await probing).toMatchObject({ ok: false })
    await expect.poll(() => started.some(isRunning), { timeout: 20_000 }).toBe(false)
  })

  it('is over when it has ended, even where something that it left behind holds its output open', async () => {
    const pid = join(folder, 'pid')
    const command = script(`setsid sleep 600 & echo $! > ${pid}`)
    expect(await probe('script', { command })).toMatchObject({ ok: true })
    process.kill(Number(readFileSync(pid, 'utf8')), 'SIGKILL')
  })
})

describe('a process check', () => {
  it('follows a pidfile', async () => {
    const child = spawn('sleep', ['600'], { stdio: 'ignore' })
    const pidfile = join(folder, 'pid')
    expect(await probe('process', { pidfile })).toEqual({ ok: false, reason: `there is no ${pidfile}` })
    writeFileSync(pidfile, `${child.pid}\n`)
    expect(await probe('process', { pidfile })).toEqual({ ok: true, reason: `process ${child.pid}` })
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(await probe('process', { pidfile })).toEqual({ ok: false, reason: `the process ${child.pid} of ${pidfile} does not run` })
    writeFileSync(pidfile, 'nginx')
    expect(await probe('process', { pidfile })).toEqual({ ok: false, reason: `${pidfile} holds no process id` })
  })

  it('finds a process by its name, and notices that it has gone', async () => {
    const name = `mv${process.pid}`
    const kind = checkKinds.get('process')
    const run = kind?.open({ name }, { node: 'n1', group: 'web', interfaces: {}, addresses: [] })
    const signal = AbortSignal.timeout(20_000)
    expect(await run?.(signal)).toEqual({ ok: false, reason: `no process ${name} runs` })
    // The kernel calls a script by the name of its file.
    renameSync(script('read nothing'), join(folder, name))
    const child = spawn(join(folder, name), { stdio: ['pipe', 'ignore', 'ignore'] })
    await expect.poll(async () => (await run?.(signal))?.ok, { timeout: 20_000 }).toBe(true)
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(await run?.(signal)).toMatchObject({ ok: false })
  })
})

describe('an interface check', () => {
  it('passes on an interface by its label or its name, and fails where there is none', async () => {
    expect(await probe('interface', { interface: 'nothing0' })).toEqual({ ok: false, reason: 'there is no interface nothing0' })
    const byName = await probe('interface', { interface: 'lo' })
    expect(await probe('interface', { interface: 'lan' })).toEqual(byName)
  })
})

describe('a disk check', () => {
  it('passes with enough room and a disk that takes writes, and leaves nothing behind', async () => {
    expect(await probe('disk', { path: folder, free: '1B', writable: true })).toMatchObject({ ok: true })
    expect(readdirSync(folder)).toEqual([])
  })

  it('fails without the room, without the folder, and where nothing can be written', async () => {
    expect(await probe('disk', { path: folder, free: '9000TiB' })).toMatchObject({
      ok: false,
      reason: expect.stringMatching(/ free at .*, less than 9000TiB$/),
    })
    expect(await probe('disk', { path: join(folder, 'nothing') })).toMatchObject({ ok: false, reason: expect.stringContaining('ENOENT') })
    expect(await probe('disk', { path: '/proc', writable: true })).toMatchObject({ ok: false })
  })

  it('writes neither through a link that lies in its place, nor into a pipe that nobody reads', async () => {
    const place = join(folder, '.movip-check-web')
    const file = join(folder, 'of-somebody-else')
    writeFileSync(file, 'precious')
    symlinkSync(file, place)
    expect(await probe('disk', { path: folder, writable: true })).toMatchObject({ ok: false, reason: expect.stringContaining('ELOOP') })
    expect(readFileSync(file, 'utf8')).toBe('precious')
    rmSync(place)
    execFileSync('mkfifo', [place])
    expect(await probe('disk', { path: folder, writable: true })).toMatchObject({ ok: false, reason: expect.stringContaining('ENXIO') })
  })
})

describe('a ping check', () => {
  /** Programs are looked for in the test's folder and where the check's own helpers are, not where this machine has its ping. */
  beforeEach(() => {
    const helpers = ['setpriv', 'chrt', 'nice', 'sh']
    for (const helper of helpers) symlinkSync(execFileSync('which', [helper], { encoding: 'utf8' }).trim(), join(folder, helper))
    vi.stubEnv('PATH', folder)
  })
  afterEach(() => vi.unstubAllEnvs())

  it('says plainly that this machine has no ping', async () => {
    expect(await probe('ping', { hosts: ['127.0.0.1'] })).toEqual({ ok: false, reason: 'there is no ping on this machine' })
  })

  it('passes when as many hosts answer as are needed, and names those that are silent', async () => {
    // Of all that ping does, only the exit code counts.
    renameSync(script('for host; do :; done; case $host in 127.*) exit 0;; *) exit 1;; esac'), join(folder, 'ping'))
    const hosts = ['127.0.0.1', '192.0.2.1']
    expect(await probe('ping', { hosts })).toMatchObject({ ok: true })
    expect(await probe('ping', { hosts, need: 2 })).toEqual({ ok: false, reason: 'no echo from 192.0.2.1' })
  })
})

describe('a systemd check', () => {
  it('fails for a unit that is not active, and says why', async () => {
    expect(await probe('systemd', { unit: 'movip-no-such-unit.service' })).toMatchObject({
      ok: false,
      reason: expect.stringContaining('movip-no-such-unit.service'),
    })
  })
})
