import { execFileSync } from 'node:child_process'
import { chmodSync, closeSync, constants, existsSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { Cluster } from './cluster/cluster.ts'
import { GROUP, startCluster } from './cluster/cluster.ts'
import type { Daemon } from './cluster/daemon.ts'
import type { Lab } from './lab.ts'
import { startLab } from './lab.ts'
import { pollUntil } from './wait.ts'

// A pipe stands for the device of each node: what its kernel would be told can be read from it.

let lab: Lab
let cluster: Cluster
let folder = ''
const readers = new Map<string, number>()
const heard = new Map<string, string>()
const timeoutMs = 60_000

beforeAll(async () => {
  lab = await startLab({ nodes: ['n1', 'n2', 'n3'] })
  folder = lab.network.folder.path
  for (const { name } of lab.network.nodes) {
    execFileSync('mkfifo', [join(folder, `${name}.watchdog`)])
    // Also a writer of its own: a pipe that nobody writes to tells of its end.
    readers.set(name, openSync(join(folder, `${name}.watchdog`), constants.O_RDWR | constants.O_NONBLOCK))
  }
  const script = (name: string, text: string): string => {
    const file = join(folder, name)
    writeFileSync(file, `#!/bin/bash\n${text}\n`)
    chmodSync(file, 0o755)
    return file
  }
  const up = `${folder}/$MOVIP_NODE.up`
  const command = {
    start: [script('start-service', `touch ${up}`)],
    stop: [script('stop-service', `test -e ${folder}/refuse || rm -f ${up}`)],
    check: [script('check-service', `test -e ${up} || exit 3`)],
  }
  cluster = await startCluster(lab, {
    service: { command, every: '1s', stopTimeout: '1s' },
    nodeLines: (name) => [`watchdog: { device: ${join(folder, `${name}.watchdog`)}, timeout: 2s, stuck: 2s }`],
  })
})
afterAll(async () => {
  await cluster?.stop()
  for (const reader of readers.values()) closeSync(reader)
  lab?.close()
})
beforeEach(async () => {
  for (const daemon of cluster.daemons.filter((each) => each.pid() === null)) daemon.start()
  await cluster.untilSteady()
  for (const { name } of cluster.daemons) forget(name)
})

/** What the device was told since it was last forgotten: `.` is a sign of life. */
function told(node: string): string {
  const buffer = Buffer.alloc(65_536)
  try {
    const length = readSync(readers.get(node) ?? -1, buffer)
    heard.set(node, `${heard.get(node) ?? ''}${buffer.toString('latin1', 0, length).replaceAll('\0', '.')}`)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error
  }
  return heard.get(node) ?? ''
}
function forget(node: string): void {
  told(node)
  heard.set(node, '')
}
const movedFrom = (holder: Daemon): Promise<unknown> =>
  pollUntil(
    async () => {
      const others = cluster.daemons.filter(({ name }) => name !== holder.name)
      const answers = await Promise.all(others.map((daemon) => daemon.status()))
      return answers.some((answer) => {
        const group = answer?.engine.groups.find(({ id }) => id === GROUP)
        return group?.state === 'active' && group.holder !== holder.name
      })
    },
    'another holder',
    { timeoutMs },
  )

it('the device of the holder gets signs of life, that of others rests', async () => {
  const { holder } = await cluster.untilSteady()
  await pollUntil(() => told(holder.name).length > 5, 'signs of life', { timeoutMs })
  expect(told(holder.name)).toMatch(/^\.+$/)
  for (const { name } of cluster.daemons) if (name !== holder.name) expect(told(name)).toBe('')
})

it('a frozen daemon gives no sign of life, and tells the device to rest only when it has let go', async () => {
  const { holder } = await cluster.untilSteady()
  holder.freeze()
  forget(holder.name)
  await movedFrom(holder)
  expect(told(holder.name)).toBe('')
  holder.thaw()
  await pollUntil(() => told(holder.name).endsWith('V'), 'the device to rest', { timeoutMs })
})

it('a clean stop tells the device to rest', async () => {
  const { holder } = await cluster.untilSteady()
  expect(await holder.stop()).toBe(0)
  expect(told(holder.name)).toMatch(/^\.*V$/)
})

it('a daemon that was killed leaves the device to fire, and its next life tells it to rest once it has looked after what was left', async () => {
  const { holder } = await cluster.untilSteady()
  await holder.kill()
  expect(told(holder.name)).toMatch(/^\.*$/)
  expect(existsSync(join(folder, `${holder.name}.up`))).toBe(true)
  holder.start()
  await pollUntil(() => told(holder.name).includes('V'), 'the device to rest', { timeoutMs })
  expect(existsSync(join(folder, `${holder.name}.up`))).toBe(false)
})

it('a group that is stuck for too long leaves the machine to its device, until it comes down after all', async () => {
  const { holder } = await cluster.untilSteady()
  writeFileSync(join(folder, 'refuse'), '')
  try {
    const move = holder.api.switchover(GROUP).catch(() => null)
    await pollUntil(() => holder.log().includes('watchdog-left-alone'), 'the machine to be left alone', { timeoutMs })
    forget(holder.name)
    await movedFrom(holder)
    expect(told(holder.name)).not.toContain('V')
    await move
  } finally {
    rmSync(join(folder, 'refuse'))
  }
  await pollUntil(() => told(holder.name).endsWith('V'), 'the device to rest', { timeoutMs })
})
