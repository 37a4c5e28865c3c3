import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { checkPrograms } from './programs.ts'
import type { ClusterSpec } from './run-checks.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'movip-programs-'))
  vi.stubEnv('PATH', folder)
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true, force: true })
})

const check = (kind: string, options: Record<string, unknown> = {}) =>
  ({ id: `my-${kind}`, kind, on: 'both', everyMs: 1000, timeoutMs: 500, rise: 2, fall: 3, graceMs: 0, options }) as const

function spec(...checks: readonly ReturnType<typeof check>[]): ClusterSpec {
  return {
    name: 'shop',
    timing: { heartbeatMs: 100, leaseMs: 1000, electionMs: 900, driftPpmMax: 1000 },
    nodes: [],
    groups: [{ id: 'web', mode: 'active-standby', nodes: ['a'], endpoints: [], checks }],
  }
}

const found = async (node: string, ...checks: readonly ReturnType<typeof check>[]) =>
  (await checkPrograms(node, spec(...checks))).map(({ message }) => message)

describe('the programs of checks', () => {
  it('are missed where they are not there', async () => {
    const script = join(folder, 'lag')
    expect(await found('a', check('script', { command: script }), check('ping'), check('systemd'), check('tcp'))).toEqual([
      expect.stringContaining(`web: check my-script runs ${script}`),
      expect.stringContaining('web: check my-ping runs ping'),
      expect.stringContaining('web: check my-systemd runs systemctl'),
    ])
  })

  it('are missed where they cannot be run', async () => {
    const script = join(folder, 'lag')
    await writeFile(script, '', { mode: 0o644 })
    expect(await found('a', check('script', { command: script }))).toHaveLength(1)
    await chmod(script, 0o755)
    expect(await found('a', check('script', { command: script }))).toEqual([])
    expect(await found('a', check('script', { command: folder }))).toHaveLength(1)
  })

  it('are found by their names where the machine looks for programs', async () => {
    await writeFile(join(folder, 'ping'), '', { mode: 0o755 })
    expect(await found('a', check('ping'))).toEqual([])
  })

  it('are of no interest on a node that may not hold the group', async () => {
    expect(await found('b', check('ping'))).toEqual([])
  })
})
