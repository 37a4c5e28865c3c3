import { expect, it } from 'vitest'
import { statusAnswer } from '../testing/answers.ts'
import { macsOf } from './neighbours.ts'
import { unheard } from './network.ts'
import { checkThroughDaemon } from './through-daemon.ts'

const codes = (answer: Parameters<typeof checkThroughDaemon>[0]): string[] =>
  checkThroughDaemon(answer).map(({ severity, code }) => `${severity} ${code}`)

it('finds nothing in a daemon that could take over', () => {
  const answer = statusAnswer()
  expect(codes({ ...answer, runner: [] })).toEqual([])
})

it('calls an address that another machine has an error, and names that machine', () => {
  const answer = statusAnswer()
  const [group] = answer.runner
  const [endpoint] = group?.endpoints ?? []
  if (group === undefined || endpoint === undefined) throw new Error('the answer has no endpoint')
  const lastError = 'claim: CONFLICT: 10.0.0.50 is in use on eth0 by 02:00:00:00:00:99'
  const findings = checkThroughDaemon({ ...answer, runner: [{ ...group, endpoints: [{ ...endpoint, lastError }] }] })
  expect(findings).toMatchObject([{ severity: 'error', code: 'ENDPOINT_CONFLICT', message: expect.stringContaining('02:00:00:00:00:99') }])
})

it('calls a group that is assigned and not served an error here and a warning elsewhere, once the daemon has run for a while', () => {
  const [group] = statusAnswer().engine.groups
  if (group === undefined) throw new Error('the answer has no group')
  const at = (holder: string | null, uptimeMs = 60_000): string[] =>
    codes({ ...statusAnswer({ groups: [{ ...group, holder, state: 'claiming' }] }), runner: [], uptimeMs })
  expect(at('b')).toEqual(['error GROUP_NOT_ACTIVE'])
  expect(at('a')).toEqual(['warning GROUP_NOT_ACTIVE'])
  expect(at(null)).toEqual(['warning GROUP_UNSERVED'])
  expect(at('b', 500)).toEqual([])
})

it('warns of what makes this node the last that would be chosen', () => {
  const [group] = statusAnswer().engine.groups
  if (group === undefined) throw new Error('the answer has no group')
  const fitness = { level: 'fit', reasons: ['hook /etc/movip/page is not there, or not executable'] } as const
  const groups = [{ ...group, candidates: [{ node: 'b', fitness }] }]
  expect(checkThroughDaemon({ ...statusAnswer({ groups }), runner: [] })).toMatchObject([
    { severity: 'warning', code: 'CHOSEN_LAST', message: `web: this node is chosen last: ${fitness.reasons[0]}` },
  ])
})

it('calls a check that fails on this node an error', () => {
  const check = {
    id: 'http',
    kind: 'http',
    on: 'both',
    reason: 'status 503',
    sinceMs: 9,
    lastOk: false,
    lastAgoMs: 2,
    lastTookMs: 1,
  } as const
  const checks = {
    web: [
      { ...check, state: 'failing', failures: 1, heldOffMs: 0 },
      { ...check, id: 'tcp', state: 'passing', failures: 0, heldOffMs: 0 },
    ],
  } as const
  expect(checkThroughDaemon({ ...statusAnswer(), runner: [], checks })).toMatchObject([
    { severity: 'error', code: 'CHECK_FAILING', message: 'web: check http fails: status 503' },
  ])
})

it('suspects another secret when no peer that can be reached is heard', () => {
  const deaf = statusAnswer({ nodes: statusAnswer().engine.nodes.map((node) => ({ ...node, heardAgoMs: node.id === 'b' ? 0 : null })) })
  expect(unheard(['a', 'w'], deaf, '/etc/movip/cluster.secret')).toMatchObject([{ severity: 'error', code: 'PEERS_REFUSE' }])
  expect(unheard([], deaf, '/etc/movip/cluster.secret')).toEqual([])
  expect(unheard(['a', 'w'], statusAnswer(), '/etc/movip/cluster.secret')).toEqual([])
})

it('knows the nodes of the cluster by the MACs that the kernel has met', () => {
  const table = [
    'IP address       HW type     Flags       HW address            Mask     Device',
    '10.0.0.11        0x1         0x2         02:00:00:00:00:0B     *        eth0',
    '10.0.0.99        0x1         0x2         02:00:00:00:00:99     *        eth0',
  ].join('\n')
  expect([...macsOf(new Set(['10.0.0.11']), table)]).toEqual(['02:00:00:00:00:0b'])
})
