import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { clusterAnswer, movesAnswer, statusAnswer } from './testing/answers.ts'
import { bin, movip, scratch } from './testing/bin.ts'

const rounds = 8
const roundsMax = 24
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

/**
 * How often the quickest run of each command contains that of the first. They run in turns, so that a busy moment hits all alike,
 * and go on while a ratio is too high: with every round the quickest come nearer to what the commands take by themselves.
 */
async function ratios([base, ...others]: readonly [() => unknown, ...(() => unknown)[]], most: number): Promise<number[]> {
  const best = [base, ...others].map(() => Number.POSITIVE_INFINITY)
  const found = (): number[] => best.slice(1).map((ms) => ms / (best[0] ?? 0))
  for (let round = 0; round < rounds || (round < roundsMax && found().some((ratio) => ratio > most)); round++) {
    for (const [index, command] of [base, ...others].entries()) {
      const begin = performance.now()
      await command()
      best[index] = Math.min(best[index] ?? 0, performance.now() - begin)
    }
  }
  return found()
}

describe('movip starts', () => {
  it('within twice the time of an empty oclif command, for --help and for status', async () => {
    await using place = await scratch()
    await place.daemon({
      '/v1/status': [200, statusAnswer()],
      '/v1/cluster': [200, clusterAnswer()],
      '/v1/moves': [200, movesAnswer()],
    })
    await writeFile(join(place.folder, 'node.yaml'), 'node: b\napi: { socket: movip.sock }\n')
    const [help, status] = await ratios(
      [
        () => spawnSync(process.execPath, [join(folder, 'run.js'), 'nothing']),
        () => spawnSync(process.execPath, [bin, '--help']),
        () => movip(['status', '--config', join(place.folder, 'node.yaml')]),
      ],
      2,
    )
    expect(help).toBeLessThanOrEqual(2)
    expect(status).toBeLessThanOrEqual(2)
  })
})
