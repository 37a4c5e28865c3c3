import { spawn } from 'node:child_process'
import { readFileSync, statfsSync, writeFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Network } from '../network/network.ts'
import { createNetwork } from '../network/network.ts'
import { pollUntil, sleep } from '../wait.ts'
import { startBurners } from './burners.ts'
import { bestDiskKind, createDisk } from './disk.ts'
import { freezeChildren, freezeTree, killChild, killTree, processTree, thawTree } from './processes.ts'

let network: Network
beforeAll(async () => {
  network = await createNetwork({ nodes: ['n1'] })
})
afterAll(() => network?.close())

function stateOf(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3)
}

/** A shell with two children, one of them with a child of its own. */
async function family(): Promise<number> {
  const child = spawn('sh', ['-c', 'sleep 1000 & sh -c "sleep 2000; true" & wait'], { stdio: 'ignore' })
  await pollUntil(() => processTree(child.pid!).length === 4, 'a family of four')
  return child.pid!
}

describe('faults of processes', () => {
  it('freeze a whole tree and thaw it', async () => {
    const root = await family()
    const frozen = freezeTree(root)
    expect(frozen).toHaveLength(4)
    await pollUntil(() => frozen.every((pid) => stateOf(pid) === 'T'), 'all to stop')
    thawTree(frozen)
    await pollUntil(() => frozen.every((pid) => stateOf(pid) === 'S'), 'all to go on')
    killTree(root)
    await pollUntil(() => processTree(root).length === 0, 'all to be gone')
  })

  it('kill one child by name and leave the rest', async () => {
    const root = await family()
    expect(killChild(root, 'sleep')).toBe(2)
    killTree(root)
    expect(killChild(root, 'sleep')).toBe(0)
  })

  it('freeze one child by name and thaw it', async () => {
    const root = await family()
    const frozen = freezeChildren(root, 'sleep')
    expect(frozen).toHaveLength(2)
    await pollUntil(() => frozen.every((pid) => stateOf(pid) === 'T'), 'both to stop')
    expect(stateOf(root)).not.toBe('T')
    thawTree(frozen)
    await pollUntil(() => frozen.every((pid) => stateOf(pid) === 'S'), 'both to go on')
    killTree(root)
  })

  it('burn CPU until they are ended', async () => {
    const end = startBurners(network, 2)
    const burning = (): number => processTree(process.pid).filter(({ name }) => name === 'sh').length
    await pollUntil(() => burning() === 2, 'two busy loops')
    expect(burning()).toBe(2)
    end()
    await pollUntil(() => burning() === 0, 'their end')
  })
})

describe('a disk', () => {
  it('hangs while it is told to, and then does what was asked', async () => {
    const disk = await createDisk({ kind: 'ext4', folder: network.folder.path, name: 'slow' })
    await disk.hang()
    let done = false
    const writing = writeFile(join(disk.path, 'file'), 'text').then(() => (done = true))
    await sleep(200)
    expect(done).toBe(false)
    await disk.unhang()
    await writing
    expect(readFileSync(join(disk.path, 'file'), 'utf8')).toBe('text')
  })

  it('that breaks down keeps what it has, takes no write, and takes them again after its repair', async () => {
    const disk = await createDisk({ kind: 'ext4', folder: network.folder.path, name: 'broken', sizeMb: 16 })
    const file = join(disk.path, 'file')
    writeFileSync(file, 'before', { flush: true })
    const bystander = spawn('ip', ['netns', 'exec', network.switch, 'sleep', '1000'], { stdio: 'ignore' })
    await pollUntil(() => readFileSync(`/proc/${bystander.pid}/comm`, 'utf8').includes('sleep'), 'a program with mounts of its own')
    await disk.breakDown()
    expect(() => writeFileSync(join(disk.path, 'other'), 'x')).toThrow('EROFS')
    expect(readFileSync(file, 'utf8')).toBe('before')
    await disk.repair()
    writeFileSync(join(disk.path, 'other'), 'x')
    expect(readFileSync(file, 'utf8')).toBe('before')
    bystander.kill()
  })

  it('can be one that hangs, where images may be mounted', async () => {
    expect(await bestDiskKind(network.folder.path)).toBe('ext4')
  })

  it.each(['ext4', 'tmpfs'] as const)('of kind %s is full while it is told to be', async (kind) => {
    const disk = await createDisk({ kind, folder: network.folder.path, name: kind, sizeMb: 8 })
    await disk.fill()
    expect(() => writeFileSync(join(disk.path, 'file'), 'x'.repeat(100_000))).toThrow('ENOSPC')
    await disk.unfill()
    writeFileSync(join(disk.path, 'file'), 'x'.repeat(100_000))
    expect(statfsSync(disk.path).bavail).toBeGreaterThan(0)
  })
})
