import { constants, open, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { bad, defineKind, good } from '../kind.ts'
import type { Probe } from '../kind.ts'
import { absolutePath, bytesOf, formatBytes } from '../options.ts'

const freeForm = 'expected a part such as 10%, or a size such as 500MiB'
const schema = z.strictObject({
  path: absolutePath.describe('A folder on the disk'),
  free: z
    .string({ error: freeForm })
    .refine((text) => partOf(text) !== null || bytesOf(text) !== null, { error: freeForm })
    .optional()
    .describe('So much must be free'),
  writable: z.boolean().optional().describe('Whether a file is written there each time, and flushed; false if absent'),
})

type Options = z.infer<typeof schema>

/** Looks whether a disk has room, and takes writes. */
export const diskCheck = defineKind({ schema, means: 'files', probe: diskProbe })

/** 0.1 for `10%`; null: it is no such part. */
function partOf(text: string): number | null {
  const [, percent] = /^(\d{1,2}(?:\.\d)?)%$/.exec(text) ?? []
  return percent === undefined ? null : Number(percent) / 100
}

function diskProbe({ path, free, writable = false }: Options, { group }: { readonly group: string }): Probe {
  return async () => {
    const { bavail, blocks, bsize } = await statfs(path)
    const wantedBytes = free === undefined ? 0 : (bytesOf(free) ?? (partOf(free) ?? 0) * blocks * bsize)
    const freeBytes = bavail * bsize
    if (freeBytes < wantedBytes) return bad(`${formatBytes(freeBytes)} free at ${path}, less than ${free}`)
    if (writable) await writeAndFlush(join(path, `.movip-check-${group}`))
    return good(`${formatBytes(freeBytes)} free`)
  }
}

/** The folder may be another user's: what lies there in the file's place must not lead the daemon elsewhere, nor hold it up. */
const writeSafely = constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK

async function writeAndFlush(path: string): Promise<void> {
  const file = await open(path, writeSafely, 0o600)
  try {
    await file.write('movip\n')
    await file.datasync()
  } finally {
    await file.close()
    await rm(path, { force: true })
  }
}
