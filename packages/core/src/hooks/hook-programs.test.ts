import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { ClusterSpec, Fitness } from '../model/index.ts'
import { specOf } from '../testing/hand-driven/cluster.ts'
import { watchHookPrograms } from './hook-programs.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'movip-hooks-'))
})
afterAll(() => rm(folder, { recursive: true }))

function specWith(...programs: readonly string[]): ClusterSpec {
  const spec = specOf('abw', { witnesses: 'w' })
  const hooks = programs.map((program) => ({ on: ['active'] as const, run: [program, '--quiet'], timeoutMs: 1000 }))
  return { ...spec, groups: spec.groups.map((group) => ({ ...group, hooks })) }
}

it('a node that lacks the program of a hook is chosen last for the group until it is there and executable', async () => {
  const program = join(folder, 'page')
  const said: Fitness[] = []
  const hooks = watchHookPrograms({ node: 'b', present: () => specWith(program, 'sh'), onFitness: (_, fitness) => said.push(fitness) })
  await hooks.look()
  const lacking = { level: 'fit', reasons: [`the hook ${program} is not there, or not executable (put it there, and chmod +x ${program})`] }
  expect(said.splice(0)).toEqual([lacking])
  await writeFile(program, '#!/bin/sh\n', { mode: 0o600 })
  await hooks.look()
  expect(said.splice(0)).toEqual([lacking])
  await chmod(program, 0o755)
  await hooks.look()
  await hooks.look()
  expect(said).toEqual([{ level: 'fit', reasons: [] }])
  hooks.close()
})

it('a node that may not hold the group needs none of its hooks', async () => {
  const hooks = watchHookPrograms({
    node: 'w',
    present: () => specWith('/nonexistent'),
    onFitness: () => expect.fail('something was said'),
  })
  await hooks.look()
  hooks.close()
})
