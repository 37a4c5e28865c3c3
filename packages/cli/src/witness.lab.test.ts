import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startLab } from '@movip/lab'
import type { Lab } from '@movip/lab'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { bin } from './testing/bin.ts'

// Two nodes and a witness, all made by `movip init`; the witness belongs to an ordinary user.
const nobody = 65_534
const checkout = fileURLToPath(new URL('../../..', import.meta.url))
/** The user may not be able to reach the checkout or Node.js: both are shown to it in a folder of its own, in this process's mounts alone. */
const asUser =
  'mount --bind "$1" "$2" && mount --bind "$3" "$4" && shift 4 && exec setpriv --reuid=65534 --regid=65534 --clear-groups --bounding-set=-all --no-new-privs "$@"'

interface Done {
  readonly code: number | null
  readonly out: string
}

let lab: Lab
let folder = ''
const daemons = new Map<string, ChildProcess>()

beforeAll(async () => {
  lab = await startLab({ nodes: ['a', 'b', 'w'] })
  folder = mkdtempSync(join(tmpdir(), 'movip-witness-'))
  for (const name of ['home', 'checkout']) mkdirSync(join(folder, name))
  writeFileSync(join(folder, 'node'), '')
  spawnSync('chmod', ['755', folder])
  chownSync(join(folder, 'home'), nobody, nobody)
})
afterAll(() => {
  for (const name of daemons.keys()) kill(name)
  lab?.close()
  rmSync(folder, { recursive: true, force: true })
})

/** `movip` as somebody on that host calls it. */
function commandOn(host: string, args: readonly string[]): readonly string[] {
  const inside = ['netns', 'exec', lab.network.host(host).namespace]
  if (host !== 'w') return [...inside, process.execPath, bin, ...args]
  const [seen, node, home] = [join(folder, 'checkout'), join(folder, 'node'), join(folder, 'home')]
  const environment = ['env', '-u', 'XDG_CONFIG_HOME', '-u', 'XDG_STATE_HOME', `HOME=${home}`]
  const program = join(seen, bin.slice(checkout.length))
  return [...inside, 'sh', '-c', asUser, 'sh', checkout, seen, process.execPath, node, ...environment, node, program, ...args]
}

function movip(host: string, args: readonly string[], input = ''): Done {
  const { status, stdout, stderr } = spawnSync('ip', commandOn(host, args), { encoding: 'utf8', input })
  return { code: status, out: `${stdout}${stderr}` }
}

/** Nodes of one machine must not share a socket; on the witness nothing has to be named at all. */
function configOf(host: string): readonly string[] {
  return host === 'w' ? [] : ['--config', join(folder, host, 'node.yaml')]
}

function ask(host: string, ...args: readonly string[]): Done {
  return movip(host, [...args, ...configOf(host)])
}

function init(host: string, args: readonly string[], input = ''): void {
  const done = movip(host, ['init', ...args, '--dir', join(folder, host), '--data', join(folder, host, 'data')], input)
  expect(done).toMatchObject({ code: 0 })
  const file = join(folder, host, 'node.yaml')
  writeFileSync(file, readFileSync(file, 'utf8').replace('/run/movip/movip.sock', 'movip.sock'))
}

function start(host: string): void {
  daemons.set(host, spawn('ip', commandOn(host, ['run', ...configOf(host)]), { stdio: 'ignore', detached: true }))
}

function kill(host: string): void {
  const { pid, exitCode, signalCode } = daemons.get(host) ?? {}
  if (pid !== undefined && exitCode === null && signalCode === null) process.kill(-pid, 'SIGKILL')
}

function loadsKoffi(host: string): boolean {
  return readFileSync(`/proc/${daemons.get(host)?.pid}/maps`, 'utf8').includes('koffi')
}

function hasVip(host: string): boolean {
  const { stdout } = spawnSync('ip', ['-n', lab.network.host(host).namespace, 'address'], { encoding: 'utf8' })
  return stdout.includes(` ${lab.vips.ipv4}/`)
}

const untilServedBy = (host: string, on: string) =>
  expect.poll(() => ask(on, 'status').out, { timeout: 90_000, interval: 500 }).toMatch(new RegExp(`service +${host} +active`))

it('a witness that an ordinary user made with one command lets the other node take over; without either the address is released, and everybody is told why', async () => {
  const nodes = ['a', 'b', 'w'].map((name) => `${name}=${lab.network.host(name).ipv4}${name === 'w' ? '@office,witness' : ''}`)
  const flags = [...nodes.flatMap((node) => ['--node', node]), '--vip', `${lab.vips.ipv4}/24`, '--interface', 'eth0']
  init('a', ['--cluster', 'shop', ...flags, '--self', 'a'])
  init('b', ['--join', '-', '--interface', 'eth0'], ask('a', 'invite', 'b').out)
  expect(movip('w', ['init', '--witness'], ask('a', 'invite', 'w').out)).toMatchObject({ code: 0 })
  expect(ask('w', 'check')).toMatchObject({ code: 0, out: expect.stringContaining('nothing stops this node') })

  for (const host of ['a', 'b', 'w']) start(host)
  await untilServedBy('a', 'w')
  expect(ask('w', 'check')).toMatchObject({ code: 0, out: expect.stringContaining('SCHEDULING') })
  expect(ask('w', 'status').out).toMatch(/any one node may fail/)
  expect({ a: loadsKoffi('a'), w: loadsKoffi('w') }).toEqual({ a: true, w: false })

  kill('a')
  await untilServedBy('b', 'w')
  kill('w')
  const why = 'heard 1 of 3 voters (b), needs 2'
  await expect
    .poll(() => ask('b', 'status'), { timeout: 60_000, interval: 200 })
    .toMatchObject({ code: 4, out: expect.stringContaining(`no quorum: ${why}`) })
  await expect.poll(() => hasVip('b'), { timeout: 60_000, interval: 200 }).toBe(false)
  expect(ask('b', 'explain', 'service')).toMatchObject({ code: 4, out: expect.stringContaining(`no quorum: ${why}`) })
  const events = ask('b', 'events').out
  expect(events).toContain(`quorum: state lost, why ${why}`)
  expect(events).toMatch(/dropped: group service, epoch \d+, cause lease-ended/)
})
