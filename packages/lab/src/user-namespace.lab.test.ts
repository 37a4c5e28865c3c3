/** The way without root that the lab names itself, as an ordinary user walks it. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { namespacesNotPermitted } from './errors.ts'

const UNPRIVILEGED = ['--reuid=65534', '--regid=65534', '--clear-groups']
const program = fileURLToPath(new URL('lab-for-tests.ts', import.meta.url))

it('works without root in a user namespace, by the very command that its refusal names', () => {
  const recipe = /unshare .*<command>'/.exec(namespacesNotPermitted('').fix)?.[0] ?? ''
  const command = recipe.replace('<command>', `"${process.execPath}" "${program}"`)
  const run = spawnSync('setpriv', [...UNPRIVILEGED, 'sh', '-c', command], { encoding: 'utf8', timeout: 60_000 })
  expect(run.stderr).toBe('')
  expect(JSON.parse(run.stdout)).toEqual({ disk: 'tmpfs', answered: true, sighted: ['n1', 'n2'], lost: 0 })
}, 60_000)
