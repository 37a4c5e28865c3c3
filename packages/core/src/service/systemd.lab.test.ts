import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createClock } from '../adapters/clock.ts'
import type { ServiceContext } from './control.ts'
import { runProgram } from '../programs/run.ts'
import { makePart } from './kinds.ts'
import { systemdControl } from './systemd.ts'

const never = new AbortController().signal
const grant = { epoch: 1, holder: 'n1', until: Infinity }

const units: Readonly<Record<string, string>> = {
  'shop.service': 'ExecStart=/bin/sleep 600',
  // Of a simple unit that ends at once systemd may say for a moment that it is active; of this type it never does.
  'broken.service': 'Type=oneshot\nRemainAfterExit=yes\nExecStart=/bin/false',
  'slow.service': 'Type=oneshot\nRemainAfterExit=yes\nExecStart=/bin/sleep 600',
  'deaf.service': String.raw`ExecStart=/bin/sh -c "trap '' TERM; while :; do sleep 1; done"` + '\nTimeoutStopSec=600',
  'left.service': String.raw`ExecStart=/bin/sh -c "trap '' TERM; while :; do sleep 1; done"` + '\nTimeoutStopSec=1\nSendSIGKILL=no',
  'again.service': 'ExecStart=/bin/false\nRestart=always\nRestartSec=600',
}

/**
 * A real systemd cannot be this machine's process 1, but a manager of a user's units runs in namespaces of its own, below a control group of
 * its own. There it has the socket on which the system's `systemctl` looks for the system's manager, so both are what users have.
 */
const manager = `
set -e
mount -t tmpfs tmpfs /run
mkdir -p /run/systemd/system /run/user/.config/systemd/user /run/groups
chmod 700 /run/user
cp "$1"/*.service /run/user/.config/systemd/user/
ln -s /dev/null /run/user/.config/systemd/user/masked.service
ln -s /run/user/systemd/private /run/systemd/private
mount -t cgroup2 none /run/groups
mkdir "/run/groups/\${1##*/}"
echo $$ > "/run/groups/\${1##*/}/cgroup.procs"
export XDG_RUNTIME_DIR=/run/user HOME=/run/user
exec unshare --cgroup --mount sh -c 'mount -t cgroup2 none /sys/fs/cgroup && exec /lib/systemd/systemd --user'`
/** Its control groups outlive it; they are empty by then. */
const sweeping = 'mount -t cgroup2 none /mnt && find "/mnt/${1##*/}" -depth -type d -exec rmdir {} +'

let folder = ''
let namespace: ChildProcess
const told: string[] = []
const path = process.env['PATH'] ?? ''

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'movip-systemd-'))
  for (const [name, text] of Object.entries(units)) writeFileSync(join(folder, name), `[Service]\n${text}\n`)
  writeFileSync(join(folder, 'manager'), manager)
  // The manager is no process 1 of its namespace: that would be a manager of the system.
  const apart = ['--mount', '--pid', '--fork', '--kill-child=KILL', '--mount-proc', 'sh', '-c', `sh ${folder}/manager ${folder} & wait`]
  namespace = spawn('unshare', apart, { stdio: ['ignore', 'ignore', 'inherit'] })
  await vi.waitFor(() => expect(managerOf(namespace.pid)).toBeGreaterThan(1), { timeout: 10_000 })
  const client = join(folder, 'systemctl')
  writeFileSync(client, `#!/bin/sh\nexec nsenter --mount --pid --target ${managerOf(namespace.pid)} /bin/systemctl "$@"\n`)
  chmodSync(client, 0o755)
  process.env['PATH'] = `${folder}${delimiter}${path}`
  await vi.waitFor(async () => expect((await systemctl('is-active', 'basic.target')).stdout).toBe('active\n'), { timeout: 30_000 })
})

afterAll(async () => {
  process.env['PATH'] = path
  const ended = new Promise((resolve) => namespace.once('exit', resolve))
  namespace.kill('SIGKILL')
  await ended
  await vi.waitFor(async () =>
    expect(await runProgram({ argv: ['unshare', '--mount', 'sh', '-c', sweeping, 'sh', folder], signal: never })).toMatchObject({
      code: 0,
    }),
  )
  rmSync(folder, { recursive: true, force: true })
})

const context: ServiceContext = {
  cluster: 'shop',
  node: 'n1',
  group: 'web',
  endpoint: 'p',
  interfaces: {},
  clock: createClock(),
  logger: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
  leaseMs: 1000,
  changed: (why) => void told.push(why),
  fitness: () => undefined,
  incident: () => undefined,
}

function unitPart(unit: string, { startMs = 20_000, stopMs = 20_000 } = {}) {
  return makePart(
    { id: 'systemd-p', kind: 'systemd', startMs, stopMs, options: { unit, everyMs: 100, restarts: { max: 3, withinMs: 60_000 } } },
    0,
    context,
  )
}

function systemctl(...argv: readonly string[]) {
  return runProgram({ argv: ['systemctl', ...argv], signal: never })
}

/** The manager is a grandchild: its process in the namespace of the mounts that are its own. */
function managerOf(pid = 0): number {
  return childOf(childOf(pid))
}

function childOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0] || Number.NaN)
}

describe('a unit of a real systemd', () => {
  it('runs when it was claimed, and has ended when it was released', async () => {
    const part = unitPart('shop.service')
    expect(await part.preflight(never)).toEqual([])
    expect(await part.observe(never)).toEqual({ state: 'nowhere' })
    await part.claim(grant, never)
    expect((await systemctl('is-active', 'shop.service')).stdout).toBe('active\n')
    await part.release(1, never)
    expect((await systemctl('is-active', 'shop.service')).stdout).toBe('inactive\n')
    await part.close()
  })

  it('that dies is noticed, with what systemd says of it', async () => {
    const part = unitPart('shop.service')
    await part.claim(grant, never)
    told.length = 0
    await systemctl('kill', '--signal=KILL', 'shop.service')
    await vi.waitFor(() => expect(told.join()).toContain('shop.service is failed (failed, signal)'), { timeout: 10_000 })
    await part.release(1, never)
    await part.close()
  })

  it('that fails as it starts is not taken for one that runs', async () => {
    const part = unitPart('broken.service', { startMs: 1500 })
    await expect(part.claim(grant, never)).rejects.toThrow('broken.service is failed (failed, exit-code)')
    await part.release(1, never)
    await part.close()
  })

  it('that takes long to start neither runs nor is stopped, and can be stopped', async () => {
    const part = unitPart('slow.service', { startMs: 1000 })
    await expect(part.claim(grant, never)).rejects.toThrow('slow.service is activating (start')
    expect(await part.observe(never)).toEqual({ state: 'unknown', why: 'slow.service is activating (start, success)' })
    await part.release(1, never)
    expect(await part.observe(never)).toEqual({ state: 'nowhere' })
    await part.close()
  })

  it('that is deaf to a stop is killed when its time is over', async () => {
    const part = unitPart('deaf.service', { stopMs: 1000 })
    await part.claim(grant, never)
    await part.release(1, never)
    expect((await systemctl('is-active', 'deaf.service')).stdout).toBe('failed\n')
    await part.close()
  })

  it('that systemd has given up to end is not down while processes of it are left', async () => {
    const part = unitPart('left.service', { stopMs: 2000 })
    await part.claim(grant, never)
    await systemctl('stop', 'left.service')
    expect((await systemctl('is-active', 'left.service')).stdout).toBe('failed\n')
    expect((await part.observe(never)).state).toBe('nowhere')
    expect((await part.observe(never)).state).toBe('here')
    await part.release(1, never)
    expect((await part.observe(never)).state).toBe('nowhere')
    await part.close()
  })

  it('that systemd is to start once more has failed', async () => {
    const control = systemdControl({ unit: 'again.service' })
    await control.start(never)
    await vi.waitFor(async () => expect((await control.standing(never)).state).toBe('failed'), { timeout: 10_000 })
    await control.stop(never)
    await vi.waitFor(async () => expect((await control.standing(never)).state).toBe('stopped'), { timeout: 10_000 })
  })

  it('that is masked, or unknown, is found before it is needed', async () => {
    expect(await systemdControl({ unit: 'masked.service' }).preflight(never)).toMatchObject([
      { message: 'the unit masked.service is masked' },
    ])
    expect(await systemdControl({ unit: 'absent.service' }).preflight(never)).toMatchObject([
      { message: 'the unit absent.service is not-found' },
    ])
  })
})
