import { execFileSync, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { bin, run } from './testing/bin.ts'
import type { Ended } from './testing/bin.ts'

// The commands beside a real daemon: a cluster of one node in a network namespace of its own, with an address to hold.
const namespace = `mvcli${process.pid}`
const vip = '10.88.0.50'
let folder = ''
let daemon: ChildProcess | null = null

const receiverScript = `
import { createServer } from 'node:http'
createServer((request, response) => {
  let body = ''
  request.on('data', (part) => (body += part))
  request.on('end', () => {
    console.log(request.headers['movip-signature'], body)
    response.writeHead(204).end()
  })
}).listen(8088, '127.0.0.1', () => console.log('ready'))`

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'movip-daemon-'))
  ip('netns', 'add', namespace)
  inside('ip', 'link', 'set', 'lo', 'up')
  inside('ip', 'link', 'add', 'v0', 'type', 'veth', 'peer', 'name', 'v1')
  inside('ip', 'link', 'set', 'v0', 'up')
  inside('ip', 'link', 'set', 'v1', 'up')
  inside('ip', 'address', 'add', '10.88.0.1/24', 'dev', 'v0')
  await movip(
    'init',
    '--cluster',
    'clitest',
    '--node',
    'a=10.88.0.1',
    '--self',
    'a',
    '--interface',
    'v0',
    '--vip',
    `${vip}/24`,
    '--dir',
    folder,
    '--data',
    join(folder, 'data'),
  )
  await edit('/run/movip/movip.sock', 'run/movip.sock')
})

afterEach(async () => {
  if (daemon?.pid !== undefined && daemon.exitCode === null) {
    signalTree('SIGKILL')
    await ended(daemon)
  }
  daemon = null
  ip('netns', 'delete', namespace)
  await rm(folder, { recursive: true, force: true })
})

function ip(...args: string[]): string {
  return execFileSync('ip', args, { encoding: 'utf8' })
}

function inside(...command: string[]): string {
  return execFileSync('ip', ['netns', 'exec', namespace, ...command], { encoding: 'utf8' })
}

function movip(command: string, ...args: string[]): Promise<Ended> {
  const config = command === 'init' ? [] : ['--config', join(folder, 'node.yaml')]
  return run('ip', ['netns', 'exec', namespace, process.execPath, bin, command, ...config, ...args])
}

async function edit(from: string, to: string, name = 'node.yaml'): Promise<void> {
  const file = join(folder, name)
  await writeFile(file, (await readFile(file, 'utf8')).replace(from, to))
}

function holds(): boolean {
  return inside('ip', 'address', 'show', 'dev', 'v0').includes(` ${vip}/`)
}

/** Starts the daemon in a process group of its own and waits until it serves. */
async function start(...prefix: string[]): Promise<void> {
  daemon = spawn('ip', ['netns', 'exec', namespace, ...prefix, process.execPath, bin, 'run', '--config', join(folder, 'node.yaml')], {
    stdio: 'ignore',
    detached: true,
  })
  await expect.poll(async () => (await movip('status')).out, { timeout: 60_000 }).toMatch(/service +a +active/)
  expect(holds()).toBe(true)
}

function signalTree(signal: NodeJS.Signals): void {
  if (daemon?.pid !== undefined) process.kill(-daemon.pid, signal)
}

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => {
    if (child.exitCode === null && child.signalCode === null) child.once('exit', resolve)
    else resolve(child.exitCode)
  })
}

describe('beside a real daemon', () => {
  it('release makes it give everything up and take nothing back', async () => {
    await start()
    const { code, out } = await movip('release', '--yes', '--json')
    expect(JSON.parse(out)).toMatchObject({ daemon: 'released', groups: ['service'], problems: [] })
    expect(code).toBe(0)
    expect(holds()).toBe(false)
    expect((await movip('status')).out).not.toMatch(/service +a +active/)
  })

  it('release takes the address from a frozen one', async () => {
    await start()
    signalTree('SIGSTOP')
    const { out } = await movip('release', '--yes', '--json')
    expect(JSON.parse(out)).toMatchObject({ daemon: 'silent', takenDown: [expect.stringContaining(vip)], problems: [] })
    expect(holds()).toBe(false)
  })

  it('release takes down what a killed one left', async () => {
    await start()
    signalTree('SIGKILL')
    if (daemon !== null) await ended(daemon)
    expect(holds()).toBe(true)
    const { out } = await movip('release', '--yes', '--json')
    expect(JSON.parse(out)).toMatchObject({ daemon: 'absent', takenDown: [expect.stringContaining(vip)], problems: [] })
    expect(holds()).toBe(false)
  })

  it('check finds all well and takes nothing away', async () => {
    await start()
    const { code, out } = await movip('check', '--json')
    expect(JSON.parse(out)).toMatchObject({ ok: true, findings: [] })
    expect(code).toBe(0)
    expect(holds()).toBe(true)
    expect((await movip('status')).out).toMatch(/service +a +active/)
  })

  it('check judges the configuration in force, and a file that is another one only tells of itself', async () => {
    await start()
    const file = join(folder, 'cluster.yaml')
    const text = await readFile(file, 'utf8')
    await writeFile(file, text.replace(/^timing: .*$/m, 'timing: wan'))
    const other = await movip('check', '--json')
    expect(JSON.parse(other.out)).toMatchObject({ ok: true, findings: [{ severity: 'warning', code: 'CONFIG_DIFFERS' }] })
    expect(other.code).toBe(0)
    await writeFile(file, text.replace(/^timing:/m, 'timming:'))
    const broken = JSON.parse((await movip('check', '--json')).out) as { checked: string[] }
    expect(broken).toMatchObject({ ok: false, findings: [{ severity: 'error', code: 'CONFIG_INVALID' }] })
    expect(broken.checked).toContain('endpoints')
  })

  it('upgrade replaces it in its own process and moves nothing; in one try, for a busy machine may stand still for longer than a lease', async () => {
    await start()
    const epoch = /service +a +active +(\d+)/
    const tries: string[] = []
    const isKept = async (): Promise<boolean> => {
      const [, before] = epoch.exec((await movip('status')).out) ?? []
      const { out } = await movip('upgrade', '--json')
      tries.push(out)
      const { lost, adopted } = JSON.parse(out) as { lost?: string | null; adopted?: { epoch: number }[] }
      return lost === null && String(adopted?.[0]?.epoch) === before && holds()
    }
    await expect.poll(isKept, { timeout: 120_000, interval: 5000, message: tries.join() }).toBe(true)
    expect(daemon?.exitCode).toBeNull()
    await expect.poll(async () => (await movip('status')).out, { timeout: 60_000 }).toMatch(/service +a +active/)
    signalTree('SIGTERM')
    expect(daemon === null ? null : await ended(daemon)).toBe(0)
    expect(holds()).toBe(false)
  })

  it('a second daemon on the same folder ends with 1 and says why', async () => {
    await start()
    const { code, err, out } = await movip('run')
    expect(code).toBe(1)
    expect(`${out}${err}`).toContain('STORAGE_LOCKED')
    expect(holds()).toBe(true)
  })

  it('SIGTERM ends it with 0 and leaves no address behind', async () => {
    await start()
    signalTree('SIGTERM')
    expect(daemon === null ? null : await ended(daemon)).toBe(0)
    expect(holds()).toBe(false)
  })
})

describe('an operator who asks a real daemon', () => {
  it('is told why, what would happen, what happened, and gets a bundle without the secret', async () => {
    await start()
    expect((await movip('explain', 'service')).out).toMatch(
      /^service is held by a \(active, epoch \d+, for [^]*IF THIS NODE DIED[^]*a +nobody/,
    )
    const simulated = JSON.parse((await movip('simulate', '--fail', 'a', '--json')).out) as object
    expect(simulated).toMatchObject({ quorum: false, groups: [{ group: 'service', from: 'a', to: null, outcome: 'unserved' }] })
    const { moves, events } = JSON.parse((await movip('events', '--json')).out) as { moves: { at: string }[]; events: object[] }
    expect(moves).toMatchObject([{ group: 'service', from: null, to: 'a', cause: 'nobody holds it' }])
    expect(Math.abs(Date.now() - Date.parse(moves[0]?.at ?? ''))).toBeLessThan(600_000)
    expect(events).toContainEqual(expect.objectContaining({ node: 'a', event: expect.objectContaining({ type: 'active' }) }))
    const file = join(folder, 'bundle.json')
    expect((await movip('support', '--output', file)).code).toBe(0)
    const secret = (await readFile(join(folder, 'cluster.secret'), 'utf8')).trim()
    const text = await readFile(file, 'utf8')
    expect(text).toContain('"cluster": "clitest"')
    expect(text).not.toContain(secret)
  })

  it('follows what happens, across a restart of the daemon', async () => {
    await start()
    const follower = spawn('ip', [
      'netns',
      'exec',
      namespace,
      process.execPath,
      bin,
      'events',
      '--follow',
      '--config',
      join(folder, 'node.yaml'),
    ])
    let out = ''
    follower.stdout.setEncoding('utf8').on('data', (chunk: string) => (out += chunk))
    await expect.poll(() => out, { timeout: 30_000 }).toMatch(/service: nobody → a/)
    const restarted = daemon
    restarted?.kill('SIGTERM')
    await ended(restarted ?? follower)
    await start()
    await expect.poll(() => out, { timeout: 30_000 }).toMatch(/service: a → a \(epoch \d+\): a released it/)
    follower.kill('SIGTERM')
    await ended(follower)
    expect(out.match(/service: nobody → a/g)).toHaveLength(1)
  })
})

describe('notifications', () => {
  it('arrive, signed, and can be tried beforehand', async () => {
    const file = join(folder, 'cluster.yaml')
    const target = '  ops: { webhook: { url: "http://127.0.0.1:8088/hook" }, burst: 100ms }'
    await writeFile(file, `${await readFile(file, 'utf8')}\nnotify:\n${target}\n`)
    await writeFile(join(folder, 'ops.secret'), 's3cret\n', { mode: 0o600 })
    const nodeFile = join(folder, 'node.yaml')
    await writeFile(nodeFile, `${await readFile(nodeFile, 'utf8')}\nnotify: { ops: { secretFile: ops.secret } }\n`)
    // The receiver has to be where the daemon is: it writes down what it gets, one line each.
    const receiver = spawn('ip', ['netns', 'exec', namespace, process.execPath, '--input-type=module', '--eval', receiverScript], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let got = ''
    receiver.stdout.setEncoding('utf8').on('data', (chunk: string) => (got += chunk))
    try {
      await expect.poll(() => got, { timeout: 30_000 }).toContain('ready')
      await start()
      await expect.poll(() => got, { timeout: 30_000 }).toMatch(/"text":"service is served by a"/)
      expect(got).toContain('service goes to a: nobody holds it')
      expect(got).toMatch(/^t=\d+,v1=[0-9a-f]{64} \{/m)
      const { code, out } = await movip('notify', '--test')
      expect(out).toMatch(/^sent {2}ops: status 204 \(/)
      expect(code).toBe(0)
      receiver.kill('SIGKILL')
      await ended(receiver)
      const failed = await movip('notify', '--test', '--json')
      expect(JSON.parse(failed.out)).toMatchObject({
        targets: [{ target: 'ops', ok: false, said: expect.stringContaining('ECONNREFUSED') }],
      })
      expect(failed.code).toBe(1)
    } finally {
      receiver.kill('SIGKILL')
    }
  })
})

describe('the rights that the systemd unit grants', () => {
  it('are enough to hold an address, and to let go of it', async () => {
    await start('setpriv', '--bounding-set', '-all,+net_admin,+net_raw,+sys_nice', '--no-new-privs')
    expect(JSON.parse((await movip('check', '--json')).out)).toMatchObject({ ok: true, findings: [] })
    signalTree('SIGTERM')
    expect(daemon === null ? null : await ended(daemon)).toBe(0)
    expect(holds()).toBe(false)
  })

  it('are told of by check where they also bound a service that the daemon starts', async () => {
    const up = join(folder, 'up')
    const service = `service: [{ name: app, command: { start: [touch, ${up}], stop: [rm, '-f', ${up}], check: [sh, '-c', test -e ${up} || exit 3] } }]`
    await edit('    endpoints:', `    ${service}\n    endpoints:`, 'cluster.yaml')
    await start('setpriv', '--bounding-set', '-all,+net_admin,+net_raw,+sys_nice', '--no-new-privs')
    const { code, out } = await movip('check', '--json')
    const message =
      'the daemon starts service/command-app here, which inherits what its unit forbids: CapabilityBoundingSet; NoNewPrivileges'
    expect(JSON.parse(out)).toMatchObject({ ok: true, findings: [{ severity: 'warning', code: 'SERVICES_BOUNDED', message }] })
    expect(code).toBe(0)
  })
})

describe('before the daemon starts', () => {
  it('check finds an interface that does not exist, and nothing to complain of otherwise', async () => {
    expect(JSON.parse((await movip('check', '--json')).out)).toMatchObject({ ok: true, findings: [] })
    await edit('lan: v0', 'lan: eth77')
    const { code, out } = await movip('check', '--json')
    expect(JSON.parse(out)).toMatchObject({ ok: false, findings: [{ severity: 'error', code: 'ARP_INTERFACE_MISSING' }] })
    expect(code).toBe(1)
  })

  it('run refuses a broken configuration with its place', async () => {
    await edit('data:', 'dat:')
    const { code, err } = await movip('run')
    expect(err).toContain('unknown key "dat", did you mean "data"?')
    expect(code).toBe(1)
  })
})
