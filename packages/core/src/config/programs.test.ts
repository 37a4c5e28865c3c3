import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it, vi } from 'vitest'
import type { ClusterSpec, ServicePart } from '../model/index.ts'
import { specOf } from '../testing/hand-driven/cluster.ts'

const root = mkdtempSync(join(tmpdir(), 'movip-ocf-'))
vi.stubEnv('OCF_ROOT', root)
const { programsLacking } = await import('./programs.ts')
afterAll(() => rmSync(root, { recursive: true }))

const withPart = (kind: string, options: ServicePart['options']): ClusterSpec => {
  const spec = specOf('ab', { holders: 'a' })
  const service = [{ id: 'it', kind, startMs: 1, stopMs: 1, options }]
  return { ...spec, groups: spec.groups.map((group) => ({ ...group, service })) }
}

it('an OCF agent that is there and not executable is one that cannot be run', () => {
  const spec = withPart('ocf', { agent: 'heartbeat:Mine', parameters: {}, promote: false })
  const file = join(root, 'resource.d/heartbeat/Mine')
  expect(programsLacking(spec, 'a')).toEqual([expect.stringContaining('groups.g.service[0].ocf: there is no agent heartbeat:Mine')])
  mkdirSync(join(root, 'resource.d/heartbeat'), { recursive: true })
  writeFileSync(file, '#!/bin/sh\n', { mode: 0o644 })
  const notExecutable = `groups.g.service[0].ocf: ${file} is not there, or not executable\n  next: install it, correct its path, or: chmod +x ${file}`
  expect(programsLacking(spec, 'a')).toEqual([notExecutable])
  chmodSync(file, 0o755)
  expect(programsLacking(spec, 'a')).toEqual([])
})

it('every program of a service is looked for, on the nodes that may hold the group', () => {
  const there = ['/bin/true']
  const command = withPart('command', { start: there, stop: ['/no/stop'], check: there, standby: ['/no/standby', 'x'] })
  expect(programsLacking(command, 'a').map((line) => line.split(' is not')[0])).toEqual([
    'groups.g.service[0].command.stop: /no/stop',
    'groups.g.service[0].command.standby: /no/standby',
  ])
  expect(programsLacking(command, 'b')).toEqual([])
  expect(programsLacking(withPart('process', { start: ['/no/start'], name: 'x' }), 'a')).toHaveLength(1)
  expect(programsLacking(withPart('systemd', { unit: 'x.service' }), 'a')).toEqual([])
})

it('the program of a check is looked for as those of services and hooks are', () => {
  const spec = specOf('ab')
  const check = { on: 'both', everyMs: 1, timeoutMs: 1, rise: 1, fall: 1, graceMs: 1 } as const
  const checks = [
    { ...check, id: 'lag', kind: 'script', options: { command: '/no/lag' } },
    { ...check, id: 'well', kind: 'script', options: { command: '/bin/true' } },
    { ...check, id: 'web', kind: 'http', options: {} },
  ]
  const wanted = { ...spec, groups: spec.groups.map((group) => ({ ...group, checks })) }
  expect(programsLacking(wanted, 'a')).toEqual([expect.stringContaining('groups.g.checks.lag.command: /no/lag is not there')])
})
