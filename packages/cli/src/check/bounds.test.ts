import { expect, it } from 'vitest'
import { ClientError } from '@movip/core/client'
import { clusterAnswer, statusAnswer } from '../testing/answers.ts'
import { checkBounds } from './bounds.ts'
import type { Daemon } from './run-checks.ts'

const part = (kind: string) => ({ id: `${kind}-app`, kind, startMs: 30_000, stopMs: 30_000, options: {} })
const found = (kinds: readonly string[], daemon: Daemon, node = 'a') => {
  const { cluster } = clusterAnswer()
  const groups = cluster.groups.map((group) => ({ ...group, nodes: ['a'], service: kinds.map(part) }))
  return checkBounds(node, { ...cluster, groups }, daemon)
}
const bounded: Daemon = { ...statusAnswer(), bounds: ['CapabilityBoundingSet', 'NoNewPrivileges'] }

it('warns of services that the daemon starts itself while its unit bounds it, with the next step', () => {
  expect(found(['systemd', 'command', 'ocf'], bounded)).toEqual([
    {
      severity: 'warning',
      code: 'SERVICES_BOUNDED',
      message:
        'the daemon starts web/command-app, web/ocf-app here, which inherits what its unit forbids: CapabilityBoundingSet; NoNewPrivileges',
      fix: expect.stringContaining('systemctl edit movip'),
    },
  ])
})

it('finds nothing where no service is a child of a bounded daemon', () => {
  expect(found(['systemd'], bounded)).toEqual([])
  expect(found(['command'], bounded, 'b')).toEqual([])
  expect(found(['command'], { ...statusAnswer(), bounds: [] })).toEqual([])
  expect(found(['command'], statusAnswer())).toEqual([])
  expect(found(['command'], 'absent')).toEqual([])
  expect(found(['command'], new ClientError('NO_ANSWER', 'it does not answer', 'wait'))).toEqual([])
})
