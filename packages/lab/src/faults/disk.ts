/** A disk per node that can hang or break down (an ext4 image) or be full (that, or a tmpfs of fixed size). */
import { mkdirSync, readFileSync } from 'node:fs'
import { open, rm, statfs, truncate, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { command } from '../command.ts'
import { LabError } from '../errors.ts'
import { pollUntil } from '../wait.ts'

export type DiskKind = 'ext4' | 'tmpfs' | 'folder'

export interface Disk {
  readonly kind: DiskKind
  readonly path: string
  /** Every write waits from now on. ext4 only. */
  hang(): Promise<void>
  unhang(): Promise<void>
  /** Leaves not one free byte. Not for a plain folder. */
  fill(): Promise<void>
  unfill(): Promise<void>
  /** The kernel finds the file system damaged and takes no write any more, as after an error of the drive. ext4 only. */
  breakDown(): Promise<void>
  /** Takes it out, checks it and puts it back, as an operator would. Nobody may use it meanwhile. */
  repair(): Promise<void>
}

/** Enough for a file system with a journal. */
const TRIAL_MB = 8

export interface DiskOptions {
  readonly kind: DiskKind
  /** Folder of the lab; the disk is mounted in it. */
  readonly folder: string
  readonly name: string
  readonly sizeMb?: number
}

/**
 * The kind that takes the most faults here. An image is mounted through a loop device, which no user namespace permits and
 * not every container has.
 */
export async function bestDiskKind(folder: string): Promise<'ext4' | 'tmpfs'> {
  const path = join(folder, 'trial-disk')
  mkdirSync(path)
  try {
    await mountImage(`${path}.img`, path, TRIAL_MB)
    await command('umount', [path])
    return 'ext4'
  } catch (error) {
    if (error instanceof LabError) return 'tmpfs'
    throw error
  } finally {
    await rm(`${path}.img`, { force: true })
  }
}

export async function createDisk(options: DiskOptions): Promise<Disk> {
  const { kind, folder, name, sizeMb = 64 } = options
  const place = join(folder, `disk-${name}`)
  const path = join(place, 'fs')
  mkdirSync(path, { recursive: true })
  if (kind === 'ext4') {
    await share(place)
    await mountImage(`${place}.img`, path, sizeMb)
  }
  if (kind === 'tmpfs') await command('mount', ['-t', 'tmpfs', '-o', `size=${sizeMb}m,mode=755`, 'tmpfs', path])
  const ballast = join(path, 'ballast')
  return {
    kind,
    path,
    async hang() {
      await command('fsfreeze', ['--freeze', path])
    },
    async unhang() {
      await command('fsfreeze', ['--unfreeze', path])
    },
    fill: () => fill(ballast),
    unfill: () => rm(ballast, { force: true }),
    async breakDown() {
      await command('mount', ['-o', 'remount,errors=remount-ro', path])
      await writeFile(`/sys/fs/ext4/${basename(deviceAt(path))}/trigger_fs_error`, 'broken by the lab')
    },
    async repair() {
      // Whoever was killed may still be on its way out.
      await pollUntil(
        () =>
          command('umount', [path]).then(
            () => true,
            () => false,
          ),
        `${path} to be free`,
        { everyMs: 50 },
      )
      // 1: errors were found and corrected.
      await command('sh', ['-c', 'e2fsck -y "$0" || test $? -eq 1', `${place}.img`])
      await command('mount', ['-o', 'loop', `${place}.img`, path])
    },
  }
}

/** Every program in a host has mounts of its own, copied at its start: what is unmounted below such a folder later is unmounted there, too. */
async function share(folder: string): Promise<void> {
  await command('mount', ['--bind', folder, folder])
  await command('mount', ['--make-shared', folder])
}

function deviceAt(path: string): string {
  const mount = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
    .find(([, at]) => at === path)
  return mount?.[0] ?? ''
}

async function mountImage(image: string, path: string, sizeMb: number): Promise<void> {
  await writeFile(image, '')
  await truncate(image, sizeMb * 1024 * 1024)
  await command('mkfs.ext4', ['-q', '-F', '-m', '0', '-E', 'lazy_itable_init=1,lazy_journal_init=1', image])
  await command('mount', ['-o', 'loop', image, path])
}

/** Most of it is only reserved: writing it all would keep the machine busy and be felt by the client, which a full disk is not. */
const RESERVED = 0.95

/** Nearly all at once, then ever smaller pieces until not even one byte fits. */
async function fill(ballast: string): Promise<void> {
  const { bavail, bsize } = await statfs(dirname(ballast))
  const reserve = Math.floor(bavail * bsize * RESERVED)
  if (reserve > 0) await command('fallocate', ['--length', String(reserve), ballast])
  const file = await open(ballast, 'a')
  try {
    for (let size = 1 << 20; size >= 1; size = Math.floor(size / 16)) {
      while (await wrote(() => file.write(Buffer.alloc(size)))) {
        // Until this size fits no more.
      }
    }
    await wrote(() => file.sync())
  } finally {
    await file.close()
  }
}

async function wrote(write: () => Promise<unknown>): Promise<boolean> {
  try {
    await write()
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return false
    throw error
  }
}
