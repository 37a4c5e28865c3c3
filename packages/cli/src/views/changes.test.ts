import type { PlanAnswer } from '@movip/core/client'
import { expect, it } from 'vitest'
import { clusterAnswer } from '../testing/answers.ts'
import { changeView } from './change.ts'
import { historyView, historyWithoutSecrets } from './history.ts'
import { drainView } from './maintain.ts'
import { planView, planWithoutSecrets } from './plan.ts'

const partWith = (password: string) => ({ id: 'db', kind: 'ocf', startMs: 1, stopMs: 1, options: { parameters: { password } } })
const nothing: PlanAnswer['plan'] = { version: 12, changes: [], groups: [], steps: [], warnings: [], refused: [] }

it('a plan without changes says so, and against which version', () => {
  expect(planView(nothing)).toEqual(['version 12 is in force; nothing would change'])
})

it('a plan shows what changes with its values, what moves, the steps, and what would be refused', () => {
  const lines = planView({
    ...nothing,
    changes: [
      { path: 'nodes.d', kind: 'added', after: {} },
      { path: 'timing.leaseMs', kind: 'changed', before: 1000, after: 2000 },
      { path: 'groups.web.nodes', kind: 'changed', before: ['a'.repeat(80)], after: [] },
    ],
    groups: [
      { group: 'web', effect: 'moves', holder: 'a', next: 'b', why: 'a may not hold it', endpoints: { down: ['vip'], up: [] } },
      { group: 'mail', effect: 'touched', holder: 'b', next: 'b', why: 'b holds it', endpoints: { down: ['one'], up: ['two'] } },
    ],
    steps: ['everything that changes no vote', 'd gets a vote'],
    warnings: ['c is elsewhere'],
    refused: ['c cannot be heard'],
  }).join('\n')
  expect(lines).toContain('+ nodes.d\n')
  expect(lines).toContain('~ timing.leaseMs: 1000 → 2000')
  expect(lines).toMatch(/groups\.web\.nodes: \["a{58}… → \[\]/)
  expect(lines).toMatch(/web +moves +a → b +a may not hold it/)
  expect(lines).toMatch(/mail +touched +b +-one \+two/)
  expect(lines).toContain('  2. d gets a vote')
  expect(lines).toContain('warning: c is elsewhere')
  expect(lines).toContain('refused as things stand: c cannot be heard')
})

it('a plan shows no password that an agent is told', () => {
  const path = 'groups.db.service.ocf-heartbeat:db.options.parameters.admin_passwd'
  const lines = planView({ ...nothing, changes: [{ path, kind: 'changed', before: 'hunter1', after: 'hunter2' }] }).join('\n')
  expect(lines).toContain('admin_passwd: "(withheld)" → "(withheld)"')
})

it('neither a plan nor a history for a program shows a password that an agent is told', () => {
  const service = (admin_passwd: string) => [{ id: 'db', options: { agent: 'x:db', parameters: { admin_passwd, user: 'ann' } } }]
  const changes: PlanAnswer['plan']['changes'] = [
    { path: 'groups.db', kind: 'added', after: { service: service('hunter1') } },
    { path: 'groups.web.service.db.options.parameters.admin_passwd', kind: 'changed', before: 'hunter1', after: 'hunter2' },
    { path: 'groups.web.placement.weight', kind: 'removed', before: 3 },
  ]
  const { plan } = planWithoutSecrets({ schemaVersion: 1, plan: { ...nothing, changes } })
  expect(plan).toEqual({
    ...nothing,
    changes: [
      { path: 'groups.db', kind: 'added', after: { service: service('(withheld)') } },
      { ...changes[1], before: '(withheld)', after: '(withheld)' },
      changes[2],
    ],
  })
  const spec = clusterAnswer({ groups: [{ ...clusterAnswer().cluster.groups[0]!, service: [partWith('hunter1')] }] }).cluster
  const shown = historyWithoutSecrets({ schemaVersion: 1, configurations: [{ version: 2, spec }] })
  expect(shown).toEqual({
    schemaVersion: 1,
    configurations: [{ version: 2, spec: { ...spec, groups: [{ ...spec.groups[0], service: [partWith('(withheld)')] }] } }],
  })
})

it('the history shows the newest first, with whom and when where that is known', () => {
  const spec = { name: 'shop', timing: { heartbeatMs: 1, leaseMs: 1, electionMs: 1, driftPpmMax: 1 }, nodes: [], groups: [] }
  const note = { at: '2026-11-22T16:01:02.345Z', by: 'ann at a', what: 'nodes.d added' }
  const configurations = [
    { version: 2, spec },
    { version: 9, spec, note },
  ]
  const [, newest, oldest] = historyView({ schemaVersion: 1, configurations })
  expect(newest).toMatch(/^9 +2026-11-22 16:01:02 UTC +ann at a +nodes\.d added +in force$/)
  expect(oldest).toMatch(/^2 +- +- +without a note/)
  expect(historyView({ schemaVersion: 1, configurations: [] })).toEqual(['no configuration was changed so far'])
})

it('a change names who has not applied it', () => {
  const result = { schemaVersion: 1, version: 9, steps: ['all'], applied: ['a', 'b'], pending: ['c'] } as const
  expect(changeView(result)).toEqual([
    'version 9 is in force, applied by a, b',
    'not applied so far by c: they get it when they are heard again',
  ])
})

it('a drain names where each group went, and why one is there still', () => {
  const groups = [
    { group: 'web', from: 'a', to: 'b', why: '' },
    { group: 'mail', from: 'a', to: null, why: 'it is paused' },
  ]
  expect(drainView({ schemaVersion: 1, nodes: ['a'], groups }).slice(1)).toEqual(['web: a → b', 'mail is still at a: it is paused'])
})
