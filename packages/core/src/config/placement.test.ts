import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { entrySchema } from '../adapters/log-schema.ts'
import type { BackendKind } from '../backend.ts'
import { clusterJsonSchema, clusterSpecFromText, ConfigError } from './index.ts'
import type { PluginMap } from './index.ts'

const kind: BackendKind<{ name: string }> = {
  schema: z.strictObject({ name: z.string() }),
  describe: ({ name }) => name,
  claims: ({ name }) => [name],
  create: () => Promise.reject(new Error('the configuration never creates a backend')),
}
const plugins: PluginMap = new Map([['test', { package: 'test', plugin: { kinds: { test: kind } }, kind }]])

interface Lines {
  readonly a?: string
  readonly web?: string
  readonly db?: string
  readonly api?: string
}

/** Two sites and three groups; each line is added to its node or group. */
function textOf({ a = '', web = '', db = '', api = '' }: Lines): string {
  const group = (name: string, line: string): string =>
    `  ${name}:\n    endpoints: [{ backend: test, name: ${name} }]\n${line && `    ${line}\n`}`
  return `cluster: shop
nodes:
  a: { site: paris, address: 10.0.0.11${a && `, ${a}`} }
  b: { site: ireland, address: 10.0.0.12, capacity: 4 }
  w: { site: office, address: 10.9.0.4, witness: true }
groups:
${group('web', web)}${group('db', db)}${group('api', api)}`
}
const read = (lines: Lines) => clusterSpecFromText(textOf(lines), 'cluster.yaml', { plugins })

/** Every problem as `line:column path | message`. */
function problemsOf(lines: Lines): string[] {
  try {
    read(lines)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.problems.map((problem) => `${problem.line}:${problem.column} ${problem.path} | ${problem.message}`)
  }
  return []
}
const policyOf = (web: string) => read({ web }).groups[0]?.placement

const telling = 'checks: { data: { type: script, command: /bin/tell } }'

describe('a group that goes by its data', () => {
  it('is read with a check that tells how current data is, and may stand in the log', () => {
    expect(policyOf(`prefer: current\n    ${telling}`)).toEqual({ prefer: 'current' })
    const entry = { index: 1, term: 1, body: { type: 'cluster', spec: read({ web: `prefer: current\n    ${telling}` }) } }
    expect(entrySchema.parse(entry)).toEqual(entry)
    expect(policyOf('prefer: order')).toBeUndefined()
  })

  it.each([
    ['no check', ''],
    ['no script among its checks', 'checks: { tcp: { port: 80 } }'],
    ['only a script that runs where the group is', 'checks: { script: { command: /bin/tell, on: active } }'],
  ])('is refused where it has %s', (_, line) => {
    expect(problemsOf({ web: `prefer: current\n    ${line}` })).toEqual([
      '9:13 groups.web.prefer | no check of web tells how current the data of a node is before the group is there',
    ])
  })
})

describe('the placement of a group in cluster.yaml', () => {
  it('adds nothing to a configuration that does not ask for anything', () => {
    const { nodes, groups } = read({ web: 'failback: never' })
    expect(Object.keys(groups[0] ?? {})).toEqual(['id', 'mode', 'nodes', 'endpoints'])
    expect(Object.keys(nodes[0] ?? {})).toEqual(['id', 'site', 'address', 'voter', 'witness'])
    expect(nodes[1]?.capacity).toBe(4)
  })

  it.each<[string, object]>([
    ['failback: manual', { failback: 'manual' }],
    ['failback: after 10m', { failback: { afterMs: 600_000 } }],
    ['failback: after 90s stable', { failback: { afterMs: 90_000 } }],
    ['failback: { window: "02:00-04:00" }', { failback: { afterMs: 60_000, window: { from: '02:00', to: '04:00', zone: 'UTC' } } }],
    [
      'failback: { window: "22:30-24:00", days: [sat, sun], zone: Europe/Paris, after: 10m }',
      { failback: { afterMs: 600_000, window: { from: '22:30', to: '24:00', days: ['sat', 'sun'], zone: 'Europe/Paris' } } },
    ],
    ['weight: 3', { weight: 3 }],
    ['spread: [db]', { spread: { groups: ['db'], by: 'node' } }],
    ['spread: { groups: [db, api], by: site }', { spread: { groups: ['db', 'api'], by: 'site' } }],
    ['together: [db]', { together: ['db'] }],
    ['sites: [ireland, paris]', { sites: ['ireland', 'paris'] }],
    ['startDelay: 30s', { startDelayMs: 30_000 }],
    ['startDelay: 576h', { startDelayMs: 2_073_600_000 }],
    ['minFit: 2', { minFit: 2 }],
  ])('is read from "%s", and may stand in the log', (line, policy) => {
    expect(policyOf(line)).toEqual(policy)
    const entry = { index: 1, term: 1, body: { type: 'cluster', spec: read({ web: line }) } }
    expect(entrySchema.parse(entry)).toEqual(entry)
  })

  it.each<[string, Lines, string]>([
    [
      'a failback of another form',
      { web: 'failback: always' },
      '9:15 groups.web.failback | expected never, manual or after with a duration, such as after 10m, or a map, found "always"',
    ],
    [
      'a failback after a bare number',
      { web: 'failback: after 10' },
      '9:15 groups.web.failback | expected never, manual or after with a duration, such as after 10m, or a map, found "after 10"',
    ],
    [
      'a failback after longer than a timer can wait',
      { web: 'failback: after 999999h' },
      '9:15 groups.web.failback | expected a duration of at most 576h, or a map, found "after 999999h"',
    ],
    [
      'a start delay longer than a timer can wait',
      { web: 'startDelay: 577h' },
      '9:17 groups.web.startDelay | expected a duration of at most 576h, found "577h"',
    ],
    [
      'a failback with a window of no time',
      { web: 'failback: { window: "25:00-26:00" }' },
      '9:25 groups.web.failback.window | expected two times of day, such as 02:00-04:00, found "25:00-26:00"',
    ],
    [
      'a failback with a window that is over when it begins',
      { web: 'failback: { window: "02:00-02:00" }' },
      '9:25 groups.web.failback.window | expected a window that is longer than nothing, found "02:00-02:00"',
    ],
    [
      'a failback in no time zone',
      { web: 'failback: { window: "02:00-04:00", zone: Europe/Pariss }' },
      '9:46 groups.web.failback.zone | expected a time zone such as Europe/Paris or UTC, found "Europe/Pariss"',
    ],
    [
      'a failback on no day',
      { web: 'failback: { window: "02:00-04:00", days: [saturday] }' },
      '9:47 groups.web.failback.days[0] | expected one of mon, tue, wed, thu, fri, sat, sun, found "saturday"',
    ],
    [
      'a failback with an unknown key',
      { web: 'failback: { window: "02:00-04:00", dayz: [sat] }' },
      '9:40 groups.web.failback.dayz | unknown key "dayz", did you mean "days"?',
    ],
    ['a weight of nothing', { web: 'weight: 0' }, '9:13 groups.web.weight | expected at least 1, found 0'],
    [
      'a weight that no node bears',
      { a: 'capacity: 2', web: 'weight: 5' },
      '9:13 groups.web.weight | no node that may hold web bears its weight of 5',
    ],
    ['a capacity of nothing', { a: 'capacity: 0' }, '3:51 nodes.a.capacity | expected at least 1, found 0'],
    ['an unknown group', { web: 'together: [dbb]' }, '9:16 groups.web.together[0] | there is no group "dbb", did you mean "db"?'],
    [
      'an unknown group to be apart from',
      { web: 'spread: { groups: [dbb] }' },
      '9:24 groups.web.spread.groups[0] | there is no group "dbb", did you mean "db"?',
    ],
    ['itself', { web: 'spread: [web]' }, '9:14 groups.web.spread[0] | web is named in its own list'],
    ['a group named twice', { web: 'spread: [db, db]' }, '9:18 groups.web.spread[1] | db stands here a second time'],
    ['an unknown site', { web: 'sites: [parris]' }, '9:13 groups.web.sites[0] | there is no site "parris", did you mean "paris"?'],
    ['a site named twice', { web: 'sites: [paris, paris]' }, '9:20 groups.web.sites[1] | paris stands here a second time'],
    [
      'leaders that nothing keeps together',
      { web: 'together: [db, api]' },
      '9:15 groups.web.together | nothing keeps db and api on one node, so web could not be with both',
    ],
    [
      'together without a common node',
      { web: 'nodes: [a]\n    together: [db]', db: 'nodes: [b]' },
      '10:15 groups.web.together | no node may hold both web and db',
    ],
    [
      'together and apart',
      { web: 'together: [db]\n    spread: [db]' },
      '10:13 groups.web.spread | web and db must be together and should not be',
    ],
    ['more fit nodes than there are', { web: 'minFit: 3' }, '9:13 groups.web.minFit | 3 nodes can never be fit, only 2 may hold web'],
  ])('is refused with its place: %s', (_, lines, problem) => {
    expect(problemsOf(lines)).toEqual([problem])
  })

  it('is refused where groups would wait for each other', () => {
    expect(problemsOf({ web: 'together: [db]', db: 'together: [web]' })).toEqual([
      '9:16 groups.web.together[0] | db must itself be where web is: neither could go first',
      '12:16 groups.db.together[0] | web must itself be where db is: neither could go first',
    ])
  })

  it('allows several leaders that are together themselves', () => {
    expect(problemsOf({ web: 'together: [db, api]', api: 'together: [db]' })).toEqual([])
  })

  it('is offered by the JSON Schema', () => {
    const schema = JSON.stringify(clusterJsonSchema(new Map()))
    for (const key of ['failback', 'weight', 'spread', 'together', 'sites', 'prefer', 'startDelay', 'minFit', 'capacity'])
      expect(schema).toContain(`"${key}":{`)
  })
})
