import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { entrySchema } from '../adapters/log-schema.ts'
import type { BackendKind } from '../backend.ts'
import { clusterSpecFromText, ConfigError, nodeConfigFromText } from './index.ts'
import type { PluginMap } from './index.ts'

const kind: BackendKind<{ name: string }> = {
  schema: z.strictObject({ name: z.string() }),
  describe: ({ name }) => name,
  claims: ({ name }) => [name],
  create: () => Promise.reject(new Error('the configuration never creates a backend')),
}
const plugins: PluginMap = new Map([['test', { package: 'test', plugin: { kinds: { test: kind } }, kind }]])

const ipmi = 'fence: { agent: fence_ipmilan, options: { ip: 10.1.0.1, lanplus: true }, secrets: { password: bmc-a } }'
const pdu = 'fence: [{ agent: fence_apc, options: { ip: 10.1.0.9, plug: 4 }, action: reboot, timeout: 1m }]'

function textOf({ a = ipmi, b = pdu, db = 'fence: required' }: { readonly a?: string; readonly b?: string; readonly db?: string }): string {
  return `cluster: shop
nodes:
  a: { site: paris, address: 10.0.0.11${a && `, ${a}`} }
  b: { site: paris, address: 10.0.0.12${b && `, ${b}`} }
  w: { site: office, address: 10.9.0.4, witness: true }
groups:
  db:
    endpoints: [{ backend: test, name: db }]
${db && `    ${db}\n`}`
}
const read = (lines: Parameters<typeof textOf>[0]) => clusterSpecFromText(textOf(lines), 'cluster.yaml', { plugins })

/** Every problem as `line:column path | message | fix`. */
function problemsOf(lines: Parameters<typeof textOf>[0]): string[] {
  try {
    read(lines)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.problems.map(({ line, column, path, message, fix }) => `${line}:${column} ${path} | ${message} | ${fix}`)
  }
  return []
}

describe('a fence in cluster.yaml', () => {
  it('is read, and the log takes it', () => {
    const spec = read({})
    expect(spec.nodes.map(({ fence }) => fence)).toEqual([
      [
        {
          agent: 'fence_ipmilan',
          options: { ip: '10.1.0.1', lanplus: 'true' },
          secrets: { password: 'bmc-a' },
          action: 'off',
          timeoutMs: 30_000,
        },
      ],
      [{ agent: 'fence_apc', options: { ip: '10.1.0.9', plug: '4' }, secrets: {}, action: 'reboot', timeoutMs: 60_000 }],
      undefined,
    ])
    expect(spec.groups[0]?.fence).toBe('required')
    expect(entrySchema.safeParse({ index: 1, term: 1, body: { type: 'cluster', spec } }).success).toBe(true)
  })

  it('adds nothing to a configuration that does not ask for anything', () => {
    const { nodes, groups } = read({ a: '', b: '', db: '' })
    expect(Object.keys(nodes[0] ?? {})).toEqual(['id', 'site', 'address', 'voter', 'witness'])
    expect(Object.keys(groups[0] ?? {})).toEqual(['id', 'mode', 'nodes', 'endpoints'])
  })

  it('is asked for of every node that may hold the group, and of no other', () => {
    expect(problemsOf({ b: '' })).toEqual([
      '9:12 groups.db.fence | b may hold db, and nothing says how to switch it off | add it under nodes.b: fence: { agent: fence_ipmilan, options: { ip: ... } }',
    ])
    expect(problemsOf({ b: '', db: 'fence: required\n    nodes: [a]' })).toEqual([])
  })

  it.each<[string, string, string]>([
    ['a password among its options', 'fence: { agent: fence_apc, options: { passwd: x } }', 'passwd would be readable for everybody'],
    ['a community', 'fence: { agent: fence_apc_snmp, options: { community: x } }', 'community would be readable for everybody'],
    ['a key of IPMI', 'fence: { agent: fence_ipmilan, options: { kg: x } }', 'kg would be readable for everybody'],
    ['an action among its options', 'fence: { agent: fence_apc, options: { action: off } }', 'what is asked of the agent is no option'],
    ['a parameter twice', 'fence: { agent: fence_apc, options: { ip: x }, secrets: { ip: y } }', 'ip stands under secrets as well'],
    [
      'something that is no agent',
      'fence: { agent: /bin/sh }',
      'expected the name of a fence agent, such as fence_ipmilan, found "/bin/sh"',
    ],
    ['an unknown key', 'fence: { agent: fence_apc, option: { ip: x } }', 'unknown key "option", did you mean "options"?'],
    ['an action that switches nothing off', 'fence: { agent: fence_apc, action: on }', 'expected one of off, reboot, found "on"'],
    [
      'a value of two lines',
      'fence: { agent: fence_apc, options: { ip: "x\\naction=on" } }',
      'expected one line of text, a number, true or false',
    ],
  ])('is refused with its place: %s', (_, a, message) => {
    expect(problemsOf({ a })).toEqual([expect.stringMatching(/^3:\d+ nodes\.a\.fence/)])
    expect(problemsOf({ a })[0]).toContain(message)
  })

  it('may name a program that tells a password', () => {
    expect(problemsOf({ a: 'fence: { agent: fence_apc, options: { password_script: /etc/movip/tell } }' })).toEqual([])
  })
})

it('node.yaml names the files with the secrets of fences, from its own place', () => {
  const text = 'node: a\nnats: { servers: [nats://10.0.0.5:4222] }\nfence: { secrets: { bmc-b: bmc/b, bmc-c: /etc/bmc-c } }\n'
  expect(nodeConfigFromText(text, '/etc/movip/node.yaml').fence).toEqual({
    secrets: { 'bmc-b': '/etc/movip/bmc/b', 'bmc-c': '/etc/bmc-c' },
  })
})
