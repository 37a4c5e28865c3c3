import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { statusAnswer } from './testing/answers.ts'
import { bin, movip, scratch } from './testing/bin.ts'

const rounds = 8
let folder = ''

/** The least that oclif can be: one command that does nothing. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'movip-empty-'))
  await mkdir(join(folder, 'dist', 'commands'), { recursive: true })
  await symlink(fileURLToPath(new URL('../../../node_modules', import.meta.url)), join(folder, 'node_modules'))
  await writeFile(
    join(folder, 'package.json'),
    JSON.stringify({
      name: 'empty',
      version: '0.1.0',
      type: 'module',
      files: ['dist'],
      oclif: { bin: 'empty', dirname: 'empty', commands: './dist/commands' },
    }),
  )
  await writeFile(join(folder, 'run.js'), 'import { execute } from "@oclif/core"\nawait execute({ dir: import.meta.url })\n')
  await writeFile(
    join(folder, 'dist', 'commands', 'nothing.js'),
    'import { Command } from "@oclif/core"\nexport default class Nothing extends Command { async run() { await this.parse(Nothing) } }\n',
  )
  spawnSync(process.execPath, [fileURLToPath(new URL('../../../node_modules/oclif/bin/run.js', import.meta.url)), 'manifest', folder])
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Milliseconds of the quickest of several runs, taken in turns so that a busy moment hits all alike. */
async function quickest(commands: readonly (() => unknown)[]): Promise<number[]> {
  const best = commands.map(() => Number.POSITIVE_INFINITY)
  for (let round = 0; round < rounds; round++) {
    for (const [index, command] of commands.entries()) {
      const begin = performance.now()
      await command()
      best[index] = Math.min(best[index] ?? 0, performance.now() - begin)
    }
  }
  return best
}

describe('movip starts', () => {
  it('within twice the time of an empty oclif command, for --help and for status', async () => {
    await using place = await scratch()
    await place.daemon({ '/v1/status': [200, statusAnswer()], '/v1/events': [200, { schemaVersion: 1, events: [] }] })
    await writeFile(join(place.folder, 'node.yaml'), 'node: b\napi: { socket: movip.sock }\n')
    const [empty = 0, help = 0, status = 0] = await quickest([
      () => spawnSync(process.execPath, [join(folder, 'run.js'), 'nothing']),
      () => spawnSync(process.execPath, [bin, '--help']),
      () => movip(['status', '--config', join(place.folder, 'node.yaml')]),
    ])
    expect({ help: help / empty, status: status / empty }).toEqual({
      help: expect.toSatisfy((ratio: number) => ratio <= 2),
      status: expect.toSatisfy((ratio: number) => ratio <= 2),
    })
  })
})
